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
  notice();
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

// Sentences, {words, language} each.
function notice(...sentences) {
  const parts = sentences.map(({ words, language }) =>
    element("span", language ? { lang: language } : {}, words));
  by("keys-notice").replaceChildren(...parts.flatMap((part, i) => (i === 0 ? [part] : [" ", part])));
}

const rowOf = (provider) =>
  by("keys-list").querySelector(`[data-provider="${CSS.escape(provider)}"]`);

// A row stays where it can, and with it what is under way there and the focus.
function show(rows) {
  const list = by("keys-list");
  const names = rows.map(({ provider }) => provider);
  for (const row of [...list.children]) if (!names.includes(row.dataset.provider)) row.remove();
  rows.forEach(({ provider, key }, place) => {
    const row = rowOf(provider) ?? newRow(provider);
    if (list.children[place] !== row) list.insertBefore(row, list.children[place] ?? null);
    fill(row, provider, key);
  });
}

function newRow(provider) {
  const row = element("li", { className: "key" },
    element("div", { className: "about" }), element("div", { className: "acts" }));
  row.dataset.provider = provider;
  return row;
}

function fill(row, provider, key) {
  const [about, buttons] = row.children;
  about.replaceChildren(...describe(provider, key));
  const holds = key ? "key" : "nothing";
  if (row.dataset.holds === holds) return;
  row.dataset.holds = holds;
  buttons.replaceChildren(...(key ? acts(provider) : [adding(provider)]));
}

function describe(provider, key) {
  const title = element("h3", {}, nameOf(provider));
  if (!key) {
    return [title, element("p", { className: "hint" }, text("keys.none"))];
  }
  const state = element("span", { className: `state ${key.status}` }, text(`keys.state.${key.status}`));
  const times = [["set", key.setAt], ["rotated", key.rotatedAt], ["used", key.lastUsedAt]]
    .filter(([, at]) => at);
  return [
    element("div", { className: "heading" }, title, state),
    element("p", {}, element("code", { className: "masked" }, key.maskedKey)),
    element("p", { className: "hint times" }, ...times.map(([name, at]) =>
      element("time", { dateTime: at, title: time(at) }, text(`keys.${name}`, { day: day(at) })))),
  ];
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
  notice();
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
    notice();
    try {
      const path = `ai/providers/${segment(provider)}/verify`;
      const { status } = await read(call("POST", path));
      await changed(provider, text(`keys.verdict.${status}`, { provider: nameOf(provider) }));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const { code, message: words, language } = error;
      if (code === "KEY_NOT_FOUND") await changed(provider, words, { language });
      else notice({ words, language });
    }
  });
}

let loads = 0;  // begun so far

// A provider's key may be another than before: the list is brought up to date, and `words` of the
// outcome are shown however that goes. Focus that was in the row stays there; with `focus`, what is
// nowhere goes there.
async function changed(provider, words, { language, focus = false } = {}) {
  const outcome = { words, language };
  const turn = ++loads;
  try {
    const rows = await load(call);
    const held = rowOf(provider)?.contains(document.activeElement) ||
      (focus && document.activeElement === document.body);
    // An older list must not stand in place of a newer one.
    if (turn === loads) show(rows);
    if (held && !rowOf(provider)?.contains(document.activeElement)) {
      (rowOf(provider)?.querySelector("button") ?? by("keys-title")).focus();
    }
    notice(outcome);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (turn !== loads) return notice(outcome);
    notice(outcome, { words: text("keys.stale") },
      { words: error.message, language: error.language });
  }
  refreshModels(call);
}

export function prepareBoard() {
  prepareDialogs();
  prepareChat(() => call, () => refreshUsage(call));
}
