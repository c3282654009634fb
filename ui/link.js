// A customer with a link hands over one key.
import { ApiError, connect, read } from "./api.js";
import {
  by, complain, forgive, isBusy, opens, ready, showLoading, showView, tell, whileBusy,
} from "./dom.js";
import { describeKey, nameOf, takeSecret } from "./key_field.js";
import { has, text, time } from "./texts.js";

// The link that is shown: {call, isOpen, asked}, with what calls with its secret, what tells whether
// no other was opened since, and what GET /links has told of it.
let shown;

export async function openLink(secret) {
  shown = { call: connect(secret), isOpen: opens() };
  // What was typed for another matter must not stay behind.
  for (const field of ["ask-key", "enter-token"]) by(field).value = "";
  // A dialog would stand before it.
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  showLoading();
  await askAbout(shown);
}

async function askAbout(link) {
  try {
    link.asked = await read(link.call("GET", "links"));
    if (link.isOpen()) showQuestion(link.asked);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (link.isOpen()) showFailure(error);
  }
}

function showQuestion(asked) {
  const provider = nameOf(asked.provider);
  by("ask-title").textContent = text("link.title", { provider });
  by("ask-tenant").textContent = asked.tenant;
  by("ask-provider").textContent = provider;
  by("ask-note").textContent = asked.note ?? "";
  by("ask-note-row").hidden = !asked.note;
  by("ask-until").textContent = time(asked.expiresAt);
  by("ask-until").dateTime = asked.expiresAt;
  by("ask-label").textContent = text("link.key", { provider });
  ready(by("ask-store"), text("link.store"));
  by("ask-promise").textContent =
    text("link.promise", { provider, tenant: asked.tenant, host: location.host });
  describeKey("ask", asked.provider);
  forgive(by("ask-key"), by("ask-error"));
  by("ask-key").value = "";
  showView("ask");
}

// The link is no good any more, or something is broken, which may pass.
function showFailure(error) {
  const gone = has(`gone.${error.code}.title`);
  by("broken-title").textContent = text(gone ? `gone.${error.code}.title` : "failed.title");
  if (gone) tell(by("broken-text"), text(`gone.${error.code}.text`));
  else tell(by("broken-text"), error.message, error.language);
  by("broken-actions").hidden = gone;
  ready(by("broken-again"), text("tryAgain"));
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
  const link = shown;
  const provider = nameOf(link.asked.provider);
  await whileBusy(by("ask-store"), text("link.storing", { provider }), async () => {
    try {
      const { maskedKey } = await read(link.call("POST", "links", { apiKey }));
      if (link.isOpen()) showStored(maskedKey, provider, link.asked.tenant);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!link.isOpen()) return;
      if (has(`gone.${error.code}.title`)) return showFailure(error);
      complain(field, place, error.message, error.language);
    }
  });
}

function showStored(maskedKey, provider, tenant) {
  by("stored-title").textContent = text("link.storedTitle");
  by("stored-masked").textContent = maskedKey ?? "";
  by("stored-masked").hidden = !maskedKey;
  by("stored-text").textContent = text("link.storedText", { provider, tenant });
  shown = undefined;
  showView("stored");
}

export function prepareLink() {
  by("ask-form").addEventListener("submit", store);
  by("broken-again").addEventListener("click", () =>
    whileBusy(by("broken-again"), text("loading"), () => askAbout(shown)));
}
