// A customer with a link hands over one key.
import { ApiError, connect, read } from "./api.js";
import { by, complain, forgive, isBusy, showLoading, showView, whileBusy } from "./dom.js";
import { describeKey, nameOf, takeSecret } from "./key_field.js";
import { has, text, time } from "./texts.js";

let call;   // with the link's secret
let asked;  // what GET /links has told

export async function openLink(secret) {
  call = connect(secret);
  by("leave").hidden = true;
  showLoading();
  try {
    asked = await read(call("GET", "links"));
    showQuestion();
  } catch (error) {
    showFailure(error);
  }
}

function showQuestion() {
  const provider = nameOf(asked.provider);
  by("ask-title").textContent = text("link.title", { provider });
  by("ask-tenant").textContent = asked.tenant;
  by("ask-provider").textContent = provider;
  by("ask-note").textContent = asked.note ?? "";
  by("ask-note-row").hidden = !asked.note;
  by("ask-until").textContent = time(asked.expiresAt);
  by("ask-until").dateTime = asked.expiresAt;
  by("ask-label").textContent = text("link.key", { provider });
  by("ask-store").textContent = text("link.store");
  by("ask-promise").textContent =
    text("link.promise", { provider, tenant: asked.tenant, host: location.host });
  describeKey("ask", asked.provider);
  forgive(by("ask-key"), by("ask-error"));
  by("ask-key").value = "";
  showView("ask");
}

// The link is no good any more, or something is broken, which may pass.
function showFailure(error) {
  if (!(error instanceof ApiError)) throw error;
  const gone = has(`gone.${error.code}.title`);
  by("broken-title").textContent = text(gone ? `gone.${error.code}.title` : "failed.title");
  const words = by("broken-text");
  words.textContent = gone ? text(`gone.${error.code}.text`) : error.message;
  if (!gone && error.language) words.lang = error.language;
  else words.removeAttribute("lang");
  by("broken-actions").hidden = gone;
  showView("broken");
}

async function store(event) {
  event.preventDefault();
  if (isBusy(by("ask-store"))) return;
  const field = by("ask-key");
  const place = by("ask-error");
  forgive(field, place);
  const apiKey = takeSecret(field);
  if (!apiKey) return complain(field, place, text("missingKey"));
  const provider = nameOf(asked.provider);
  await whileBusy(by("ask-store"), text("link.storing", { provider }), async () => {
    try {
      showStored(await read(call("POST", "links", { apiKey })), provider);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (has(`gone.${error.code}.title`)) return showFailure(error);
      complain(field, place, error.message, error.language);
    }
  });
}

function showStored({ maskedKey }, provider) {
  by("stored-title").textContent = text("link.storedTitle");
  by("stored-masked").textContent = maskedKey ?? "";
  by("stored-masked").hidden = !maskedKey;
  by("stored-text").textContent = text("link.storedText", { provider, tenant: asked.tenant });
  call = undefined;
  showView("stored");
}

export function prepareLink() {
  by("ask-form").addEventListener("submit", store);
  by("broken-again").addEventListener("click", async () => {
    await whileBusy(by("broken-again"), text("loading"), async () => {
      try {
        asked = await read(call("GET", "links"));
        showQuestion();
      } catch (error) {
        showFailure(error);
      }
    });
  });
}
