// The page's words, in the first of the reader's languages that texts.json has, or in ?lang=.
import { by } from "./dom.js";

let texts = {};
let locale = "en";  // the reader's own form of that language, for numbers and times

export async function loadTexts() {
  const answer = await fetch(new URL("texts.json", import.meta.url));
  const all = await answer.json();
  const wanted = [new URLSearchParams(location.search).get("lang"), ...navigator.languages, "en"];
  const tag = wanted.find((each) => Object.hasOwn(all, languageOf(each)));
  const language = languageOf(tag);
  locale = canonical(tag) ?? language;
  texts = all[language];
  document.documentElement.lang = language;
  for (const each of document.querySelectorAll("[data-text]")) {
    each.textContent = text(each.dataset.text);
  }
  by("loading").textContent = text("loading");
}

const languageOf = (tag) => tag?.split("-")[0].toLowerCase();

// As Intl takes it; nothing where it does not, such as en-US@posix.
function canonical(tag) {
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

export const has = (name) => typeof find(name) === "string";

function find(name) {
  return name.split(".").reduce((part, each) => part?.[each], texts);
}

// The text of that name, with `values` for what stands in braces.
export function text(name, values = {}) {
  return (find(name) ?? name).replace(/\{(\w+)\}/g, (braces, each) => values[each] ?? braces);
}

export const number = (value) => new Intl.NumberFormat(locale).format(value);

// Of an RFC 3339 time.
export const time = (value) =>
  new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(new Date(value));

// Of the day on which that was here, or of a day in UTC such as 2026-06-20.
export function day(value) {
  const form = { dateStyle: "medium" };
  if (!value.includes("T")) form.timeZone = "UTC";
  return new Intl.DateTimeFormat(locale, form).format(new Date(value));
}
