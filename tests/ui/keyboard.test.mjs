// The page by the keyboard alone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { focused, launch, openPage, shown } from "./browser.mjs";
import { goodKey, makeTenant, rowOf, startWorld } from "./page.mjs";

let world, browser, page;
before(async () => {
  [world, browser] = await Promise.all([
    startWorld(["public_url=http://127.0.0.1:1"]), launch()]);
});
after(async () => {
  await browser?.close();
  await world?.stop();
});

// Goes on with Tab until the focus is on what `name` says (an id, or a button's words).
async function tabTo(name) {
  for (let i = 0; i < 40; ++i) {
    if (await focused(page) === name) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab does not lead to ${name}`);
}

const outlined = () => page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);

test("a key is set, rotated and deleted with a token", async () => {
  page = await openPage(browser);
  const { token } = await makeTenant(world);
  await page.goto(`${world.url}/settings`);
  await shown(page, "enter");
  await page.keyboard.insertText(token);
  await page.keyboard.press("Enter");
  await shown(page, "board");

  await tabTo("Add key");
  assert.equal(await outlined(), "solid");
  await page.keyboard.press("Enter");
  assert.equal(await focused(page), "key-field");
  await page.keyboard.insertText(goodKey());
  await page.keyboard.press("Enter");
  await page.locator("#keys-notice").filter({ hasText: "stored" }).waitFor();

  assert.equal(await focused(page), "Check");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.equal(await focused(page), "way-same");
  await page.keyboard.press("ArrowDown");
  assert.equal(await focused(page), "way-new");
  await tabTo("key-field");
  await page.keyboard.insertText(goodKey());
  await tabTo("key-save");
  await page.keyboard.press("Enter");
  await page.locator("#keys-notice").filter({ hasText: "accepts the key" }).waitFor();

  // The dialog keeps the focus in it, Escape leaves it, and the focus is where it was.
  await tabTo("Delete…");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  assert.equal(await focused(page), "Delete…");
  await page.keyboard.press("Enter");
  await tabTo("delete-sure");
  await page.keyboard.press("Enter");
  await page.locator("#keys-notice").filter({ hasText: "deleted" }).waitFor();
  assert.equal(await rowOf(page, "openai").locator(".masked").count(), 0);

  await tabTo("chat-prompt");
  await tabTo("chat-ask");
  await page.keyboard.press("Enter");
  await page.locator("#chat-error").filter({ hasText: /\S/ }).waitFor();
});

test("a key is handed over with a link", async () => {
  page = await openPage(browser);
  const { id } = await makeTenant(world);
  const { url } = await world.admin("POST", "/admin/links", { tenant: id, provider: "openai" });
  await page.goto(`${world.url}/settings${new URL(url).hash}`);
  await shown(page, "ask");
  assert.equal(await focused(page), "ask-title");
  await tabTo("ask-key");
  await page.keyboard.insertText(goodKey());
  await page.keyboard.press("Enter");
  await shown(page, "stored");
  assert.equal(await focused(page), "stored-title");
});
