// A tenant's token: the list of keys, what is done with them, a chat, and what was called.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { eventually } from "../sdk/world.mjs";
import { checkAccessible, checkNotes, described, focused, launch, openPage, shown, textOf } from "./browser.mjs";
import { addKey, goodKey, makeTenant, openBoard, refusal, rowOf, startWorld } from "./page.mjs";

let world, browser;
before(async () => {
  [world, browser] = await Promise.all([startWorld(), launch()]);
});
after(async () => {
  await browser?.close();
  await world?.stop();
});
beforeEach(() => world.forget());

const notice = (page, words) =>
  page.locator("#keys-notice").filter({ hasText: words }).waitFor();
const listed = async (tenant) =>
  (await world.admin("GET", "/ai/providers", undefined, tenant.id)).providers;

test("a token that is no good is refused beside its field, and forgotten", async () => {
  const page = await openPage(browser);
  await page.goto(`${world.url}/settings`);
  await shown(page, "enter");
  await checkAccessible(page, "entrance");
  assert.equal(await focused(page), "enter-token");
  const { token } = await makeTenant(world, "chat");
  for (const [typed, says] of [["", "Paste the token"], ["byok_nobody", "not known"],
    ["byok_\u20ac", "not known"], ["byok_\u00fc", "not known"], ["two words", "not known"],
    [token, "for calls only"]]) {
    await page.locator("#enter-token").fill(typed);
    await page.locator("#enter-open").click();
    await page.locator("#enter-error").filter({ hasText: says }).waitFor();
    assert.equal(await page.locator("#enter-token").inputValue(), "");
    assert.equal(await page.locator("#enter-token").getAttribute("aria-invalid"), "true");
    assert.equal(await focused(page), "enter-token");
    assert.match(await described(page), new RegExp(says));
  }
  await checkAccessible(page, "refused token");
  assert.equal(await page.locator("#board").isVisible(), false);
  checkNotes(page, world.url);
});

test("the whole circle of a key", async () => {
  const { page, tenant } = await openBoard(browser, world);
  const row = rowOf(page, "openai");
  const act = (name) => row.getByRole("button", { name }).click();
  assert.equal(await page.locator(".key").count(), 3);
  await page.locator("#usage-sum").filter({ hasText: "No calls yet." }).waitFor();
  await checkAccessible(page, "no keys");

  // A key that its provider refuses is not stored, and the field is there for another.
  await act("Add key");
  await checkAccessible(page, "dialog to set a key");
  await world.script(refusal);
  await page.locator("#key-field").fill(goodKey());
  await page.locator("#key-save").click();
  await page.locator("#key-error").filter({ hasText: "openai refuses this key" }).waitFor();
  assert.equal(await page.locator("#key-field").inputValue(), "");
  assert.equal(await focused(page), "key-field");
  assert.match(await described(page), /refuses this key/);
  await checkAccessible(page, "refused key");
  assert.deepEqual(await listed(tenant), []);

  // Where it does not tell, nothing is stored either, until nobody is asked.
  await world.script({ status: 500, body: "", times: 99 });
  await page.locator("#key-field").fill(goodKey());
  await page.locator("#key-save").click();
  await page.locator("#key-error").filter({ hasText: "did not tell" }).waitFor();
  assert.deepEqual(await listed(tenant), []);
  await page.locator("#key-verify").uncheck();
  await page.locator("#key-field").fill(goodKey());
  await page.locator("#key-save").click();
  await notice(page, "The key for OpenAI is stored.");
  await world.forget();
  assert.match(await row.locator(".masked").innerText(), /^sk-pr\.\.\.\w{3}$/);
  assert.equal(await row.locator(".state").innerText(), "Active");
  assert.equal(await focused(page), "Check");
  await checkAccessible(page, "stored key");

  // Rotated: the same key, then another.
  const [{ maskedKey: before }] = await listed(tenant);
  await act("Rotate");
  await checkAccessible(page, "dialog to rotate");
  assert.equal(await page.locator("#key-field").isVisible(), false);
  await page.locator("#key-save").click();
  await notice(page, "under a new data key");
  assert.equal((await listed(tenant))[0].maskedKey, before);
  assert.notEqual((await listed(tenant))[0].rotatedAt, null);
  for (const [verify, says] of [[true, "accepts the key; it is stored"], [false, "is replaced"]]) {
    const another = goodKey();
    await act("Rotate");
    await page.locator("#way-new").check();
    await page.locator("#key-verify").setChecked(verify);
    await page.locator("#key-field").fill(another);
    await page.locator("#key-save").click();
    await notice(page, says);
    assert.equal((await listed(tenant))[0].maskedKey, `${another.slice(0, 5)}...${another.slice(-3)}`);
  }

  // Checked: the provider takes it, then it does not.
  await act("Check");
  await notice(page, "OpenAI accepts the key.");
  await world.script({ ...refusal, times: 9 });
  await act("Check");
  await notice(page, "OpenAI refuses the key");
  assert.equal(await row.locator(".state").innerText(), "Rejected");
  await checkAccessible(page, "rejected key");
  await world.forget();

  // Deleted, once that is confirmed.
  await act("Delete");
  assert.equal(await focused(page), "delete-cancel");
  await checkAccessible(page, "dialog to delete");
  await page.keyboard.press("Escape");
  assert.equal((await listed(tenant)).length, 1);
  assert.equal(await focused(page), "Delete…");
  await act("Delete");
  await page.locator("#delete-sure").click();
  await notice(page, "The key for OpenAI is deleted.");
  assert.deepEqual(await listed(tenant), []);
  assert.equal(await focused(page), "Add key");
  checkNotes(page, world.url);
});

test("a model is tried, as it streams, and the call is in the usage", async () => {
  const { page } = await openBoard(browser, world);
  await addKey(page, "openai", goodKey());
  await notice(page, "OpenAI accepts the key");
  await page.locator("#chat-models option").first().waitFor({ state: "attached" });
  assert.notEqual(await page.locator("#chat-model").inputValue(), "");
  await page.locator("#chat-model").fill("gpt-4o");
  await page.locator("#chat-prompt").fill("Hello");
  await world.script({ chunks: 5 });
  await page.locator("#chat-ask").click();
  await page.locator("#chat-facts").filter({ hasText: "11 tokens in, 7 out" }).waitFor();
  assert.match(await textOf(page, "chat-text"), /\S/);
  assert.match(await textOf(page, "chat-facts"), /^gpt-4o · OpenAI · your key/);
  await checkAccessible(page, "answer");

  // Counts are written every few seconds; those of what came before the chat may come alone.
  await eventually(async () => {
    await page.locator("#chat-ask").click();
    await page.locator("#chat-answer:not([aria-busy])").waitFor();
    return page.locator("#usage-rows tr").filter({ hasText: "gpt-4o" }).isVisible();
  });
  assert.equal(await page.locator(".bar").count(), await page.locator("#usage-rows tr").count());
  await checkAccessible(page, "usage");
  checkNotes(page, world.url);
});

test("an answer can be stopped, and what fails is told", async () => {
  const { page } = await openBoard(browser, world);
  await page.locator("#chat-model").fill("gpt-4o");
  await page.locator("#chat-ask").click();
  await page.locator("#chat-error").filter({ hasText: "key" }).waitFor();
  assert.equal(await page.locator("#chat-answer").isVisible(), false);
  await checkAccessible(page, "no key for the model");
  await page.locator("#chat-model").fill("");
  await page.locator("#chat-ask").click();
  await page.locator("#chat-error").filter({ hasText: "Choose a model" }).waitFor();
  assert.equal(await focused(page), "chat-model");

  await addKey(page, "openai", goodKey());
  await notice(page, "OpenAI accepts the key");
  await page.locator("#chat-model").fill("gpt-4o");
  await world.script({ chunks: 1000, gap_ms: 50 });
  await page.locator("#chat-ask").click();
  await page.locator("#chat-text").filter({ hasText: /\S/ }).waitFor();
  await page.locator("#chat-stop").click();
  await page.locator("#chat-facts").filter({ hasText: "Stopped." }).waitFor();
  assert.equal(await focused(page), "chat-ask");
  await eventually(async () => (await world.underWay()) === 0);

  await world.script({ chunks: 20, close_after_bytes: 1500 });
  await page.locator("#chat-ask").click();
  await page.locator("#chat-error").filter({ hasText: /\S/ }).waitFor();
  checkNotes(page, world.url);
});

test("a tenant over its limits is told so, and the page goes on", async () => {
  const { page, tenant } = await openBoard(browser, world);
  await addKey(page, "openai", goodKey());
  await notice(page, "OpenAI accepts the key");
  await world.admin("PATCH", `/admin/tenants/${tenant.id}`, { limits: { rps: 1 } });
  await eventually(async () => {
    await page.getByRole("button", { name: "Check, OpenAI" }).click();
    await page.locator("#keys-notice").filter({ hasText: /\S/ }).waitFor();
    return /again/.test(await textOf(page, "keys-notice"));
  });
  assert.equal(await page.locator("#keys-notice span").getAttribute("lang"), "en");
  checkNotes(page, world.url);
});

test("leaving forgets the token", async () => {
  const { page } = await openBoard(browser, world);
  await page.locator("#leave").click();
  await shown(page, "enter");
  assert.equal(await page.locator("#enter-token").inputValue(), "");
  await page.goBack().catch(() => {});
  assert.equal(await page.locator("#board").isVisible(), false);
});

test("the page is in German for those who read that, and in English for all others", async () => {
  for (const [options, target, title] of [
    [{ locale: "de-AT" }, "/settings", "Ihre Anbieter-Schlüssel öffnen"],
    [{ locale: "fr-FR" }, "/settings", "Open your provider keys"],
    [{ locale: "fr-FR" }, "/settings?lang=de", "Ihre Anbieter-Schlüssel öffnen"],
    [{ locale: "de-DE" }, "/settings?lang=en", "Open your provider keys"],
    [{ locale: "en-GB" }, "/settings?lang=__proto__", "Open your provider keys"],
  ]) {
    const page = await openPage(browser, options);
    await page.goto(world.url + target);
    await shown(page, "enter");
    assert.equal(await textOf(page, "enter-title"), title);
    assert.equal(await page.evaluate(() => document.documentElement.lang),
      title.startsWith("Ihre") ? "de" : "en");
    checkNotes(page, world.url);
    await page.context().close();
  }
  const { page } = await openBoard(browser, world, { locale: "de-DE" });
  await rowOf(page, "openai").getByRole("button", { name: "Schlüssel hinzufügen" }).click();
  await world.script(refusal);
  await page.locator("#key-field").fill(goodKey());
  await page.locator("#key-save").click();
  await page.locator("#key-error").filter({ hasText: "lehnt diesen Schlüssel ab" }).waitFor();
  await checkAccessible(page, "German");
});

test("whoever leaves a dialog is told later what came of it, and may open another", async () => {
  const { page, tenant } = await openBoard(browser, world);
  for (const [behaviour, says, stored] of [
    [{ delay_ms: 1000 }, "OpenAI accepts the key; it is stored.", 1],
    [{ ...refusal, delay_ms: 1000 }, "openai refuses this key", 1]]) {
    await world.script(behaviour);
    if (stored && (await listed(tenant)).length) {
      await rowOf(page, "openai").getByRole("button", { name: "Rotate" }).click();
      await page.locator("#way-new").check();
      await page.locator("#key-field").fill(goodKey());
      await page.locator("#key-save").click();
    } else {
      await addKey(page, "openai", goodKey());
    }
    await page.locator("#key-save[aria-disabled]").waitFor();
    // A second press does nothing.
    await page.locator("#key-save").click({ force: true });
    assert.equal(await textOf(page, "key-error"), "");
    await page.keyboard.press("Escape");
    await rowOf(page, "gemini").getByRole("button", { name: "Add key" }).click();
    assert.equal(await textOf(page, "key-save"), "Store key");
    await page.locator("#key-field").fill("half a key");
    await notice(page, says);
    assert.equal(await page.locator("#key-field").inputValue(), "half a key");
    assert.equal(await textOf(page, "key-error"), "");
    assert.equal((await listed(tenant)).length, stored);
    await page.keyboard.press("Escape");
  }
  checkNotes(page, world.url);
});
