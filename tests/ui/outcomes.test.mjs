// What the board says of what came about, where something goes wrong on the way.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { eventually, refuses } from "../sdk/world.mjs";
import { checkAccessible, checkNotes, focused, launch, openPage, shown, textOf } from "./browser.mjs";
import { addKey, goodKey, hold, makeTenant, openBoard, refusal, rowOf, startWorld } from "./page.mjs";
import { cutOff, passOn, serving } from "./proxy.mjs";

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
const putKey = (tenant, provider, key = goodKey()) =>
  world.admin("PUT", `/ai/providers/${provider}`, { apiKey: key }, tenant.id);

// The board of a new tenant with keys of those providers.
async function openWithKeys(providers, options) {
  const { page, tenant } = await openBoard(browser, world, options);
  for (const each of providers) await putKey(tenant, each);
  await page.goto(`${world.url}/settings`);
  await enter(page, tenant);
  await shown(page, "board");
  return { page, tenant };
}

async function enter(page, { token }) {
  await page.locator("#enter-token").fill(token);
  await page.locator("#enter-open").click();
}

test("the strictest limits let the board be opened", async () => {
  for (const limits of [{ rps: 1 }, { concurrency: 1 }]) {
    const tenant = await makeTenant(world);
    await putKey(tenant, "openai");
    await world.admin("PATCH", `/admin/tenants/${tenant.id}`, { limits });
    const page = await openPage(browser);
    await page.goto(`${world.url}/settings`);
    await enter(page, tenant);
    await shown(page, "board");
    await page.locator("#usage-sum").filter({ hasText: "No calls yet." }).waitFor();
    await page.locator("#chat-models option").first().waitFor({ state: "attached" });
    checkNotes(page, world.url);
    await page.context().close();
  }
});

test("only what changes nothing is asked again, a few times, after short waits", async () => {
  const { page } = await openWithKeys(["openai"]);
  let asked;
  const refuse = (path, wait) => page.route(`**/${path}`, (route) => {
    ++asked;
    route.fulfill({ status: 429, contentType: "application/json", headers: { "Retry-After": wait },
      json: { error: "RATE_LIMITED", message: "try again later" } });
  });
  await refuse("ai/providers/openai/verify", "0");
  asked = 0;
  await rowOf(page, "openai").getByRole("button", { name: "Check" }).click();
  await notice(page, "try again later");
  assert.equal(asked, 1);
  await page.unroute("**/ai/providers/openai/verify");
  for (const [wait, expected] of [["0", 3], ["3600", 1], ["never", 1]]) {
    await refuse("ai/catalog", wait);
    asked = 0;
    await rowOf(page, "openai").getByRole("button", { name: "Check" }).click();
    await notice(page, "try again later");
    assert.equal(asked, expected, wait);
    await page.unroute("**/ai/catalog");
  }
});

test("what was done is told, whether or not the list can be loaded anew", async () => {
  const { page } = await openBoard(browser, world);
  await page.route("**/ai/catalog", (route) => route.abort());
  const act = (name) => rowOf(page, "openai").getByRole("button", { name }).click();
  const told = async (words) => {
    await notice(page, words);
    assert.match(await textOf(page, "keys-notice"),
      /\. The list below could not be brought up to date: The server cannot be reached\./);
  };
  await addKey(page, "openai", goodKey());
  await told("OpenAI accepts the key; it is stored.");
  await checkAccessible(page, "list of before");
  await page.unroute("**/ai/catalog");
  await addKey(page, "openai", goodKey());
  await page.locator("#keys-notice").filter({ hasNotText: "could not" }).filter({ hasText: "stored" }).waitFor();
  await page.route("**/ai/catalog", (route) => route.abort());
  await act("Rotate");
  await page.locator("#key-save").click();
  await told("under a new data key");
  await act("Check");
  await told("OpenAI accepts the key.");
  await act("Delete");
  await page.locator("#delete-sure").click();
  await told("The key for OpenAI is deleted.");
});

test("a check that ends takes the focus from nobody, and leaves another's be", async () => {
  const { page } = await openWithKeys(["openai", "anthropic"]);
  const openai = await hold(page, "ai/providers/openai/verify");
  const anthropic = await hold(page, "ai/providers/anthropic/verify");
  const button = (provider) => rowOf(page, provider).getByRole("button", { name: "Check" });
  await button("anthropic").click();
  await button("openai").click();
  await eventually(() => openai.came && anthropic.came);
  anthropic.letGo();
  await notice(page, "Anthropic accepts the key.");
  assert.equal(await button("openai").innerText(), "Checking…");
  assert.equal(await button("openai").getAttribute("aria-disabled"), "true");
  assert.equal(await focused(page), "Checking…");
  await page.locator("#chat-prompt").focus();
  openai.letGo();
  await notice(page, "OpenAI accepts the key.");
  assert.equal(await focused(page), "chat-prompt");
  assert.equal(await button("openai").innerText(), "Check");

  // Where it was on the button it stays there.
  await button("openai").click();
  await notice(page, "OpenAI accepts the key.");
  assert.equal(await focused(page), "Check");
  checkNotes(page, world.url);
});

test("a new key that is verified is rotated to, and not set", async () => {
  const { page, tenant } = await openWithKeys(["openai"]);
  const rotate = async () => {
    await rowOf(page, "openai").getByRole("button", { name: "Rotate" }).click();
    await page.locator("#way-new").check();
    await page.locator("#key-field").fill(goodKey());
  };
  const listed = async () =>
    (await world.admin("GET", "/ai/providers", undefined, tenant.id)).providers;
  await rotate();
  await page.locator("#key-save").click();
  await notice(page, "OpenAI accepts the key; it is stored.");
  assert.notEqual((await listed())[0].rotatedAt, null);

  await rotate();
  await world.script(refusal);
  await page.locator("#key-save").click();
  await page.locator("#key-error").filter({ hasText: "openai refuses this key" }).waitFor();
  assert.equal(await focused(page), "key-field");
  await world.forget();

  // What was deleted meanwhile does not come back.
  await world.admin("DELETE", "/ai/providers/openai", undefined, tenant.id);
  await page.locator("#key-field").fill(goodKey());
  await page.locator("#key-save").click();
  await notice(page, "The key is no longer stored.");
  assert.deepEqual(await listed(), []);
  checkNotes(page, world.url);
});

test("a key that was deleted elsewhere leaves the list as soon as that shows", async () => {
  const acts = [
    ["Check", () => {}],
    ["Rotate", (page) => page.locator("#key-save").click()],
    ["Delete", (page) => page.locator("#delete-sure").click()],
  ];
  for (const [name, confirm] of acts) {
    const { page, tenant } = await openWithKeys(["openai"]);
    await world.admin("DELETE", "/ai/providers/openai", undefined, tenant.id);
    await rowOf(page, "openai").getByRole("button", { name }).click();
    await confirm(page);
    await notice(page, "The key is no longer stored.");
    await rowOf(page, "openai").getByRole("button", { name: "Add" }).waitFor();
    assert.equal(await page.locator("dialog[open]").count(), 0, name);
    assert.match(await focused(page), /^Add/, name);
    await page.context().close();
  }
});

test("focus is not lost with the row of a provider that the settings do not name", async () => {
  const { page } = await openWithKeys(["openai"]);
  await page.route("**/ai/catalog", async (route) => {
    const answer = await route.fetch();
    const { providers } = await answer.json();
    await route.fulfill({ response: answer,
      json: { providers: providers.filter(({ provider }) => provider !== "openai") } });
  });
  await rowOf(page, "openai").getByRole("button", { name: "Check" }).click();
  await notice(page, "OpenAI accepts the key.");
  await rowOf(page, "openai").getByRole("button", { name: "Delete" }).click();
  await page.locator("#delete-sure").click();
  await notice(page, "The key for OpenAI is deleted.");
  assert.equal(await rowOf(page, "openai").count(), 0);
  assert.equal(await focused(page), "keys-title");
});

test("errors and notices are in places that a screen reader watches", async () => {
  const { page } = await openBoard(browser, world);
  const places = await page.evaluate(() => {
    const watched = [...document.querySelectorAll(".error, .notice")];
    for (const hidden of document.querySelectorAll("[hidden]")) hidden.hidden = false;
    for (const dialog of document.querySelectorAll("dialog")) dialog.show();
    return watched.map((place) => [place.id, place.getAttribute("role"), place.textContent,
      place.checkVisibility(), place.getBoundingClientRect().height]);
  });
  assert.ok(places.length >= 7, `${places.length} places`);
  for (const [id, role, words, isThere, height] of places) {
    assert.equal(role, id === "keys-notice" ? "status" : "alert", id);
    // Before their words come, too; and without taking room.
    assert.deepEqual([words, isThere, height], ["", true, 0], id);
  }
});

test("in German the chat says what the provider said", async () => {
  const { page, tenant } = await openBoard(browser, world, { locale: "de-DE" });
  await page.locator("#chat-model").fill("gpt-4o");
  const ask = async (says) => {
    await page.locator("#chat-ask").click();
    await page.locator("#chat-error").filter({ hasText: says }).waitFor();
  };
  await ask("Für dieses Modell ist kein Schlüssel gespeichert.");
  await putKey(tenant, "openai");
  for (const [behaviour, says] of [
    [refuses.openai(429, "You exceeded your current quota"), "You exceeded your current quota"],
    [refusal, "openai"]]) {
    await world.script({ ...behaviour, times: 9 });
    await ask(says);
    const words = await textOf(page, "chat-error");
    assert.doesNotMatch(words, /Zu viele Anfragen|es wurde nichts gespeichert/);
    assert.equal(await page.locator("#chat-error").getAttribute("lang"), "en");
    await world.forget();
  }
});

test("a token that is revoked while the board is open is told in the page's own words", async () => {
  for (const [locale, says] of [
    ["en-GB", "This token is not known, or no longer good."],
    ["de-DE", "Dieses Token ist nicht bekannt oder nicht mehr gültig."]]) {
    const { page, tenant } = await openWithKeys(["openai"], { locale });
    const { tokens } = await world.admin("GET", `/admin/tenants/${tenant.id}/tokens`);
    await world.admin("DELETE", `/admin/tokens/${tokens[0].id}`);
    await rowOf(page, "openai").getByRole("button").first().click();
    await notice(page, says);
    assert.equal(await page.locator("#keys-notice span").getAttribute("lang"), null);
    await page.locator("#chat-model").fill("gpt-4o");
    await page.locator("#chat-ask").click();
    await page.locator("#chat-error").filter({ hasText: says }).waitFor();
  }
});

test("an answer that is cut off is no stranger's", async () => {
  const tenant = await makeTenant(world);
  let answerTo;
  const handler = (request, answer) => {
    if (request.url === "/ai/providers" && answerTo) return answerTo(answer);
    passOn(world, request, answer);
  };
  await serving(handler, async (front) => {
    const page = await openPage(browser);
    await page.goto(`${front}/settings`);
    for (const [each, says] of [
      [(answer) => cutOff(answer), "cannot be reached"],
      [(answer) => cutOff(answer, 500), "cannot be reached"],
      [(answer) => answer.end('{"providers":['), "did not come from byok (status 200)"],
      [(answer) => answer.writeHead(502).end("<html>"), "did not come from byok (status 502)"],
      [(answer) => answer.writeHead(502).end("null"), "did not come from byok (status 502)"],
    ]) {
      answerTo = each;
      await enter(page, tenant);
      await page.locator("#enter-error").filter({ hasText: says }).waitFor();
    }
    answerTo = undefined;
    await enter(page, tenant);
    await shown(page, "board");
    await page.context().close();
  });
});
