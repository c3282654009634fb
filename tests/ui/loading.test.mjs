// The page while it is loaded: in few turns, and with patience.
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { checkNotes, launch, notesOf, openPage, shown } from "./browser.mjs";
import { hold, openBoard, startWorld } from "./page.mjs";

let world, browser;
before(async () => {
  [world, browser] = await Promise.all([startWorld(), launch()]);
});
after(async () => {
  await browser?.close();
  await world?.stop();
});

test("all modules are asked for at once", async () => {
  const page = await openPage(browser);
  await page.goto(`${world.url}/settings`);
  await shown(page, "enter");
  const early = await page.evaluate(() =>
    [...document.querySelectorAll("head link[rel=modulepreload], head script")]
      .map((each) => new URL(each.href || each.src).pathname.split("/").at(-1)));
  const modules = (await readdir(new URL("../../ui/", import.meta.url)))
    .filter((name) => name.endsWith(".js"));
  assert.deepEqual(early.sort(), modules.sort());
  // And none twice.
  const asked = notesOf(page).requests.filter((url) => url.endsWith(".js"));
  assert.equal(asked.length, modules.length);
  checkNotes(page, world.url);
});

test("that the page is not whole is said late, and not of one that comes", async () => {
  const page = await openPage(browser);
  const held = await hold(page, "settings/texts.json");
  await page.goto(`${world.url}/settings`);
  // What a reader sees so many seconds after the first paint.
  const seenAfter = (seconds) => page.locator("#unloaded").evaluate((notice, time) => {
    const [animation] = notice.getAnimations();
    animation.pause();
    animation.currentTime = time * 1000;
    return getComputedStyle(notice).visibility === "visible";
  }, seconds);
  assert.equal(await seenAfter(15), false);
  assert.equal(await seenAfter(30), true);
  held.letGo();
  await shown(page, "enter");
  assert.equal(await page.locator("#unloaded").isVisible(), false);
});

test("a language whose tag is none is read as far as it is one", async () => {
  for (const [target, languages, expected] of [
    ["/settings?lang=de-", ["fr"], "de"],
    ["/settings?lang=de-x-", ["fr"], "de"],
    ["/settings", ["en-US@posix"], "en"],
    ["/settings", ["C", "de-DE@euro"], "de"],
    ["/settings?lang=", ["fr"], "en"],
  ]) {
    const { page, tenant } = await openBoard(browser, world);
    await world.admin("PUT", "/ai/providers/openai", { apiKey: "sk-proj-of-some-length" }, tenant.id);
    await page.addInitScript((all) => {
      Object.defineProperty(navigator, "languages", { value: all });
    }, languages);
    await page.goto(world.url + target);
    await page.locator("#enter-token").fill(tenant.token);
    await page.locator("#enter-open").click();
    await shown(page, "board");
    assert.match(await page.locator("#keys-list time").first().innerText(), /20\d\d/);
    assert.equal(await page.evaluate(() => document.documentElement.lang), expected);
    checkNotes(page, world.url);
    await page.context().close();
  }
});
