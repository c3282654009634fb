// Small hands for the document: nothing here takes markup, so that no text becomes any.

export const by = (id) => document.getElementById(id);

// An element with properties, and with children: nodes, texts, or nothing.
export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.filter((child) => child !== undefined && child !== ""));
  return made;
}

// The same of an SVG, whose properties are attributes.
export function drawn(name, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}

const views = ["broken", "ask", "stored", "enter", "board"];

// Shows one view and takes a screen reader to its title.
export function showView(name) {
  by("loading").hidden = true;
  for (const view of views) by(view).hidden = view !== name;
  const title = by(`${name}-title`);
  document.title = title.textContent;
  title.focus();
}

// What was opened last is what is shown. Gives what tells whether that still is what opens now.
export function opens() {
  const one = {};
  last = one;
  return () => last === one;
}

let last;

export function showLoading() {
  for (const view of views) by(view).hidden = true;
  by("loading").hidden = false;
}

export const isBusy = (button) => button.getAttribute("aria-disabled") === "true";

// While something is under way the button says so and does nothing: it stays where the focus is.
export async function whileBusy(button, words, work) {
  if (isBusy(button)) return;
  const before = button.textContent;
  const run = {};
  runs.set(button, run);
  button.setAttribute("aria-disabled", "true");
  button.textContent = words;
  try {
    return await work();
  } finally {
    // Unless it is another matter's by now.
    if (runs.get(button) === run) ready(button, before);
  }
}

const runs = new WeakMap();

// The button is free, whatever it stood for before.
export function ready(button, words) {
  runs.delete(button);
  button.removeAttribute("aria-disabled");
  button.textContent = words;
}

// Words in a place of their own; `language` where it is not the page's, as a sentence of the server's
// may not be.
export function tell(place, words, language) {
  place.textContent = words;
  if (language) place.lang = language;
  else place.removeAttribute("lang");
}

// What is wrong with a field, beside it, where it is read out; with focus, to put it right.
export function complain(field, place, words, language) {
  tell(place, words, language);
  field.setAttribute("aria-invalid", "true");
  field.focus();
}

export function forgive(field, place) {
  place.textContent = "";
  field.removeAttribute("aria-invalid");
}
