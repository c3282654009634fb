// A tenant's keys, by a token: the list, and what is done with one of it.
import { ApiError, read, segment } from "./api.js";
import { prepareChat, refreshModels } from "./chat.js";
import { by, element, showView, whileBusy } from "./dom.js";
import { askToDelete, askToRotate, askToSet, prepareDialogs } from "./key_dialog.js";
import { nameOf } from "./key_field.js";
import { day, text, time } from "./texts.js";
import { refreshUsage } from "./usage.js";

let call;  // with the token

// Fails with an ApiError where the token is no good, and shows nothing then; nor where `isOpen` tells
// that something else was opened meanwhile.
export async function openBoard(connected, isOpen) {
  const rows = await load(connected);
  if (!isOpen()) return;
  call = connected;
  show(rows);
  notice("");
  showView("board");
  refreshUsage(call).then(() => refreshModels(call));
}

// Every provider that byokd takes keys for, with the stored key where there is one. One request
// after the other, as a tenant may have to make them.
async function load(from) {
  const { providers: catalog } = await read(from("GET", "ai/catalog"));
  const { providers: stored } = await read(from("GET", "ai/providers"));
  const keys = new Map(stored.map((key) => [key.provider, key]));
  const names = catalog.map(({ provider }) => provider);
  // A key may be there of a provider that the settings name no more.
  for (const name of keys.keys()) if (!names.includes(name)) names.push(name);
  return names.map((provider) => ({ provider, key: keys.get(provider) }));
}

function notice(words, language) {
  const place = by("keys-notice");
  place.textContent = words;
  if (language) place.lang = language;
  else place.removeAttribute("lang");
}

function show(rows) {
  by("keys-list").replaceChildren(...rows.map(({ provider, key }) => rowOf(provider, key)));
}

function rowOf(provider, key) {
  const row = element("li", { className: "key" }, describe(provider, key),
    element("div", { className: "acts" }, ...(key ? acts(provider) : [adding(provider)])));
  row.dataset.provider = provider;
  return row;
}

function describe(provider, key) {
  const title = element("h3", {}, nameOf(provider));
  if (!key) {
    return element("div", { className: "about" }, title,
      element("p", { className: "hint" }, text("keys.none")));
  }
  const state = element("span", { className: `state ${key.status}` }, text(`keys.state.${key.status}`));
  const times = [["set", key.setAt], ["rotated", key.rotatedAt], ["used", key.lastUsedAt]]
    .filter(([, at]) => at);
  return element("div", { className: "about" },
    element("div", { className: "heading" }, title, state),
    element("p", {}, element("code", { className: "masked" }, key.maskedKey)),
    element("p", { className: "hint times" }, ...times.map(([name, at]) =>
      element("time", { dateTime: at, title: time(at) }, text(`keys.${name}`, { day: day(at) })))));
}

function action(provider, words, act) {
  const button = element("button", { type: "button" }, words);
  button.setAttribute("aria-label", text("keys.of", { action: words, provider: nameOf(provider) }));
  button.addEventListener("click", () => act(button));
  return button;
}

function adding(provider) {
  return action(provider, text("keys.add"), () => open(askToSet, provider));
}

function open(dialog, provider) {
  // What it says is about the last matter.
  notice("");
  dialog(call, provider, changed);
}

function acts(provider) {
  return [
    action(provider, text("keys.check"), (button) => check(button, provider)),
    action(provider, text("keys.rotate"), () => open(askToRotate, provider)),
    action(provider, text("keys.delete"), () => open(askToDelete, provider)),
  ];
}

async function check(button, provider) {
  await whileBusy(button, text("keys.checking"), async () => {
    notice("");
    try {
      const path = `ai/providers/${segment(provider)}/verify`;
      const { status } = await read(call("POST", path));
      await changed(provider, text(`keys.verdict.${status}`, { provider: nameOf(provider) }),
        { focus: true });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      notice(error.message, error.language);
    }
  });
}

// A provider's key may be another than before: the list is made anew, and the focus stays with it.
async function changed(provider, words, { language, focus = false } = {}) {
  try {
    show(await load(call));
    notice(words, language);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    notice(error.message, error.language);
  }
  const row = by("keys-list").querySelector(`[data-provider="${CSS.escape(provider)}"]`);
  if (focus) row?.querySelector("button").focus();
  refreshModels(call);
}

export function prepareBoard() {
  prepareDialogs();
  prepareChat(() => call, () => refreshUsage(call));
}
