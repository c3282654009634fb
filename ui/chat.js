// One question to a model, to see that a key works.
import { ApiError, events, read } from "./api.js";
import { by, complain, element, forgive, tell } from "./dom.js";
import { nameOf } from "./key_field.js";
import { number, text } from "./texts.js";

let underWay;  // the AbortController of the answer that is coming

// What can be called now, to choose from; any other model can be typed.
export async function refreshModels(call) {
  let models;
  try {
    ({ models } = await read(call("GET", "ai/models")));
  } catch (error) {
    if (error instanceof ApiError) return;  // they are suggestions
    throw error;
  }
  const field = by("chat-model");
  by("chat-models").replaceChildren(...models.map(({ id, provider }) =>
    element("option", { value: id, label: nameOf(provider) })));
  const usual = models.find(({ id }) => /^(gpt-4o|gpt-4\.1|gpt-5|claude|gemini-\d)/.test(id));
  if (!field.value && usual) field.value = usual.id;
}

async function ask(event, call) {
  event.preventDefault();
  if (underWay) return;
  const model = by("chat-model");
  const prompt = by("chat-prompt");
  const place = by("chat-error");
  forgive(model, place);
  forgive(prompt, place);
  if (!model.value.trim()) return complain(model, place, text("chat.missingModel"));
  if (!prompt.value.trim()) return complain(prompt, place, text("chat.missingPrompt"));
  begin();
  try {
    // Most of its errors may be the provider's, whose own sentences say more than a text for a code.
    await show(await call("POST", "ai/chat", {
      model: model.value.trim(), messages: [{ role: "user", content: prompt.value }], stream: true,
    }, { signal: underWay.signal, errors: "chat.errors" }));
  } catch (error) {
    fail(error);
  } finally {
    end();
  }
}

function begin() {
  underWay = new AbortController();
  by("chat-ask").setAttribute("aria-disabled", "true");
  by("chat-stop").hidden = false;
  by("chat-text").textContent = "";
  by("chat-facts").textContent = text("chat.asking");
  by("chat-answer").hidden = false;
  // It is read out when it is whole.
  by("chat-answer").setAttribute("aria-busy", "true");
}

function end() {
  const hadFocus = document.activeElement === by("chat-stop");
  underWay = undefined;
  by("chat-stop").hidden = true;
  by("chat-ask").removeAttribute("aria-disabled");
  by("chat-answer").removeAttribute("aria-busy");
  if (hadFocus) by("chat-ask").focus();
}

async function show(answer) {
  for await (const event of events(answer)) {
    if (event.error) throw new ApiError(event.error, event.message, "en");
    if (event.delta?.content) by("chat-text").append(event.delta.content);
    if (!event.done) continue;
    by("chat-facts").textContent = text("chat.facts", {
      model: event.model, provider: nameOf(event.provider), source: text(`chat.${event.keySource}`),
      in: number(event.inputTokens ?? 0), out: number(event.outputTokens ?? 0),
    });
    return;
  }
  throw new ApiError("BROKEN_OFF", text("chat.brokenOff"));
}

function fail(error) {
  if (underWay.signal.aborted) {
    by("chat-facts").textContent = text("chat.stopped");
    return;
  }
  by("chat-facts").textContent = "";
  by("chat-answer").hidden = by("chat-text").textContent === "";
  const known = error instanceof ApiError;
  tell(by("chat-error"), known ? error.message : text("chat.brokenOff"),
    known ? error.language : undefined);
}

// `current` gives what calls with the token; `done` is told of each answer's end.
export function prepareChat(current, done) {
  by("chat-prompt").value = text("chat.greeting");
  by("chat-form").addEventListener("submit", async (event) => {
    await ask(event, current());
    done();
  });
  by("chat-stop").addEventListener("click", () => underWay?.abort());
}
