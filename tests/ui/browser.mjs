// A headless Chromium, and what a test wants to know of a page in it.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { chromium } from "playwright-core";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// No test needs a name looked up, and what Chromium wants to tell its makers is not for the network.
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"];
const executablePath = process.env.BYOK_CHROMIUM ?? "/usr/bin/chromium";

export const launch = () => chromium.launch({ executablePath, args: flags });

// The same with a profile of its own on disk, in `folder`, and a log of all that goes over the network.
export const launchIn = (folder, netLog) => chromium.launchPersistentContext(folder, {
  executablePath, args: [...flags, `--log-net-log=${netLog}`, "--net-log-capture-mode=Everything"],
  locale: "en-GB" });

// A page that is shown to nobody else's eyes: what it asked for and what it said is noted.
export async function openPage(browser, options = {}) {
  const context = await browser.newContext({ locale: "en-GB", ...options });
  const page = await context.newPage();
  watch(page);
  return page;
}

const noted = new WeakMap();

// Notes requests, console lines and errors of the page from here on.
export function watch(page) {
  const notes = { requests: [], said: [], errors: [] };
  noted.set(page, notes);
  page.context().on("request", (request) => notes.requests.push(request.url()));
  page.on("console", (line) => notes.said.push(line.text()));
  page.on("pageerror", (error) => notes.errors.push(String(error)));
}

export const notesOf = (page) => noted.get(page);

// Nothing broke in the page, and it asked for nothing but what `origin` serves.
export function checkNotes(page, origin) {
  const { requests, said, errors } = notesOf(page);
  assert.deepEqual(errors, []);
  assert.ok(requests.length > 0);
  assert.deepEqual(requests.filter((url) => new URL(url).origin !== origin), []);
  // An answer that is an error is told by Chromium, and is what some tests are about.
  const expected = /^Failed to load resource: the server responded|^\[DOM\] /;
  assert.deepEqual(said.filter((line) => !expected.test(line)), []);
}

// For a person to look at, where $BYOK_SCREENSHOTS names a folder: on a desk and on a phone.
async function keepPictures(page, name) {
  const folder = process.env.BYOK_SCREENSHOTS;
  if (!folder) return;
  const before = page.viewportSize();
  for (const [device, size] of [["desktop", { width: 1100, height: 800 }], ["phone", { width: 390, height: 844 }]]) {
    await page.setViewportSize(size);
    await page.screenshot({ path: `${folder}/${name}, ${device}.png`, fullPage: true });
  }
  if (before) await page.setViewportSize(before);
}

// Without a violation in what is shown now, in light and in dark.
export async function checkAccessible(page, state) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
    const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target)}`);
    assert.deepEqual(told, [], `${state}, ${colorScheme}`);
    await keepPictures(page, `${state}, ${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: "light" });
}

export const shown = (page, view) => page.locator(`#${view}`).waitFor();
export const textOf = (page, id) => page.locator(`#${id}`).innerText();
// What a screen reader says with the field that has the focus.
export const described = (page) => page.evaluate(() => {
  const ids = document.activeElement.getAttribute("aria-describedby")?.split(" ") ?? [];
  return ids.map((id) => document.getElementById(id).textContent.trim()).join(" ");
});
export const focused = (page) => page.evaluate(() =>
  document.activeElement.id || document.activeElement.textContent.trim());
