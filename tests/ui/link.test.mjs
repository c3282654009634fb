// A link: a customer opens it, hands one key over, and cannot do so twice.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { eventually } from "../sdk/world.mjs";
import { checkAccessible, checkNotes, described, focused, launch, openPage, shown, textOf } from "./browser.mjs";
import { goodKey, hold, makeTenant, openBoard, refusal, settled, startWorld } from "./page.mjs";

let world, browser;
before(async () => {
  [world, browser] = await Promise.all([
    startWorld(["public_url=http://127.0.0.1:1"]), launch()]);
});
after(async () => {
  await browser?.close();
  await world?.stop();
});
beforeEach(() => world.forget());

// A new link for a new tenant: {id, secret, tenant, address}.
async function makeLink(order = {}) {
  const tenant = await makeTenant(world);
  const made = await world.admin("POST", "/admin/links",
    { tenant: tenant.id, provider: "openai", ...order });
  const { hash } = new URL(made.url);
  return { ...made, tenant, address: `${world.url}/settings${hash}` };
}

async function open(link, options) {
  const page = await openPage(browser, options);
  await page.goto(link.address);
  return page;
}

async function store(page, key) {
  await page.locator("#ask-key").fill(key);
  await page.locator("#ask-store").click();
}

const listed = async ({ tenant }) =>
  (await world.admin("GET", "/ai/providers", undefined, tenant.id)).providers;

test("a customer hands a key over: a bad one is explained, a good one stored, once", async () => {
  const link = await makeLink({ note: "For the <b>assistant</b>. Questions: ops@example.com" });
  const page = await open(link);
  await shown(page, "ask");
  assert.equal(await page.evaluate(() => location.href), `${world.url}/settings`);
  assert.equal(await textOf(page, "ask-title"), "Add your OpenAI key");
  assert.equal(await page.title(), "Add your OpenAI key");
  assert.equal(await textOf(page, "ask-tenant"), link.tenant.id);
  assert.equal(await textOf(page, "ask-note"), "For the <b>assistant</b>. Questions: ops@example.com");
  assert.match(await textOf(page, "ask-until"), /20\d\d/);
  // Its provider gets the key too: at once.
  assert.match(await textOf(page, "ask-promise"),
    new RegExp(`goes to ${new URL(world.url).host}, which uses it with OpenAI alone`));
  assert.doesNotMatch(await textOf(page, "ask-promise"), /nowhere else/);
  await checkAccessible(page, "question");

  await page.locator("#ask-store").click();
  await page.locator("#ask-error").filter({ hasText: "Paste the key first." }).waitFor();

  await world.script(refusal);
  await store(page, goodKey());
  await page.locator("#ask-error").filter({ hasText: "openai refuses this key" }).waitFor();
  assert.equal(await page.locator("#ask-key").inputValue(), "");
  assert.equal(await page.locator("#ask-key").getAttribute("aria-invalid"), "true");
  assert.equal(await focused(page), "ask-key");
  assert.match(await described(page), /refuses this key/);
  await checkAccessible(page, "refused key by link");
  assert.deepEqual(await listed(link), []);

  const key = goodKey();
  await store(page, key);
  await shown(page, "stored");
  assert.equal(await textOf(page, "stored-masked"), `sk-pr...${key.slice(-3)}`);
  assert.equal(await focused(page), "stored-title");
  await checkAccessible(page, "stored");
  assert.equal((await listed(link))[0].maskedKey, `sk-pr...${key.slice(-3)}`);
  checkNotes(page, world.url);

  const again = await open(link);
  await shown(again, "broken");
  assert.equal(await textOf(again, "broken-title"), "This link has been used");
  assert.equal(await again.locator("#broken-again").isVisible(), false);
  await checkAccessible(again, "used");
  checkNotes(again, world.url);
});

test("a link that was used, revoked or has expired meanwhile says so", async () => {
  const used = await makeLink();
  const [first, second] = [await open(used), await open(used)];
  await store(first, goodKey());
  await shown(first, "stored");
  await store(second, goodKey());
  await shown(second, "broken");
  assert.equal(await textOf(second, "broken-title"), "This link has been used");
  assert.equal(await second.locator("#ask-key").inputValue(), "");

  const revoked = await makeLink();
  const page = await open(revoked);
  await shown(page, "ask");
  await world.admin("DELETE", `/admin/links/${revoked.id}`);
  await store(page, goodKey());
  await shown(page, "broken");
  assert.equal(await textOf(page, "broken-title"), "This link was withdrawn");
  await checkAccessible(page, "revoked");

  const short = await makeLink({ expires: "1s" });
  await eventually(async () => {
    const late = await open(short);
    await late.locator("#ask:visible, #broken:visible").waitFor();
    const gone = await late.locator("#broken").isVisible();
    if (gone) assert.equal(await textOf(late, "broken-title"), "This link has expired");
    await late.context().close();
    return gone;
  });
});

test("a link that was cut, or never was one, says so", async () => {
  const { address } = await makeLink();
  const mangled = [address.slice(0, -3),
    ...["nonsense", "%E2%82%AC", "g%C3%BCltig", "two words", "%FF%00"].map(
      (secret) => `${world.url}/settings#link=${secret}`)];
  for (const each of mangled) {
    const page = await open({ address: each });
    await shown(page, "broken");
    assert.equal(await textOf(page, "broken-title"), "This link does not work");
    assert.equal(await page.evaluate(() => location.hash), "");
    if (each === mangled[0]) await checkAccessible(page, "unknown");
    checkNotes(page, world.url);
    await page.context().close();
  }
});

test("a link that is opened where the page is open already is taken", async () => {
  const link = await makeLink({ provider: "anthropic" });
  const page = await openPage(browser);
  await page.goto(`${world.url}/settings`);
  await shown(page, "enter");
  await page.goto(link.address);
  await shown(page, "ask");
  assert.equal(await textOf(page, "ask-provider"), "Anthropic");
  assert.equal(await page.evaluate(() => location.hash), "");
});

const bearerOf = ({ address }) => `Bearer ${new URL(address).hash.slice("#link=".length)}`;
const follow = (page, { address }) => page.evaluate((hash) => {
  location.hash = hash;
}, new URL(address).hash);

test("of two links in one tab the last is shown, whichever is answered last", async () => {
  const [first, second] = [await makeLink(), await makeLink({ provider: "anthropic" })];
  const page = await openPage(browser);
  const held = await hold(page, "links", (request) =>
    request.headers().authorization === bearerOf(first));
  await page.goto(first.address);
  await eventually(() => held.came);
  await follow(page, second);
  await shown(page, "ask");
  const answered = page.waitForEvent("requestfinished", (request) => request.url().endsWith("/links"));
  held.letGo();
  await answered;
  await settled(page);
  assert.equal(await textOf(page, "ask-title"), "Add your Anthropic key");
  assert.equal(await textOf(page, "ask-tenant"), second.tenant.id);
  await store(page, goodKey("sk-ant-"));
  await shown(page, "stored");
  assert.match(await textOf(page, "stored-text"), new RegExp(second.tenant.id));
  assert.deepEqual((await listed(second)).map(({ provider }) => provider), ["anthropic"]);
  assert.deepEqual(await listed(first), []);
  checkNotes(page, world.url);
});

test("a link that is opened while another's key is stored is not held up, and not mixed up", async () => {
  const [first, second] = [await makeLink(), await makeLink({ provider: "anthropic" })];
  const page = await open(first);
  await shown(page, "ask");
  const held = await hold(page, "links", (request) => request.method() === "POST" &&
    request.headers().authorization === bearerOf(first));
  await store(page, goodKey());
  await eventually(() => held.came);
  await follow(page, second);
  await page.locator("#ask-title").filter({ hasText: "Anthropic" }).waitFor();
  assert.equal(await textOf(page, "ask-store"), "Store key");
  assert.equal(await page.locator("#ask-store").getAttribute("aria-disabled"), null);
  const answered = page.waitForEvent("requestfinished", (request) => request.method() === "POST");
  held.letGo();
  await answered;
  await settled(page);
  assert.equal(await textOf(page, "ask-tenant"), second.tenant.id);
  await store(page, goodKey("sk-ant-"));
  await shown(page, "stored");
  assert.deepEqual((await listed(first)).map(({ provider }) => provider), ["openai"]);
  assert.deepEqual((await listed(second)).map(({ provider }) => provider), ["anthropic"]);
  checkNotes(page, world.url);
});

test("a link that is opened while a token is, or behind a dialog, is what is shown", async () => {
  const link = await makeLink();
  const page = await openPage(browser);
  const held = await hold(page, "ai/providers");
  await page.goto(`${world.url}/settings`);
  await page.locator("#enter-token").fill(link.tenant.token);
  await page.locator("#enter-open").click();
  await eventually(() => held.came);
  await follow(page, link);
  await shown(page, "ask");
  const answered = page.waitForEvent("requestfinished", (request) =>
    request.url().endsWith("/ai/providers"));
  held.letGo();
  await answered;
  await settled(page);
  assert.equal(await page.locator("#board").isVisible(), false);
  assert.equal(await page.locator("#ask").isVisible(), true);

  const { page: other } = await openBoard(browser, world);
  await other.locator("[data-provider=openai] button").click();
  await other.locator("#key-field").fill("half a key");
  await follow(other, link);
  await shown(other, "ask");
  assert.equal(await other.locator("#key-dialog").isVisible(), false);
  await store(other, goodKey());
  await shown(other, "stored");
  // The page holds the token still, and can be left.
  await other.locator("#leave").click();
  await shown(other, "enter");
  checkNotes(other, world.url);
});

test("a link that is opened before the page has its texts is what is shown", async () => {
  const first = await makeLink();
  const second = await makeLink({ provider: "anthropic" });
  const page = await openPage(browser);
  const held = await hold(page, "settings/texts.json");
  await page.goto(first.address);
  await eventually(() => held.came);
  await follow(page, second);
  await eventually(() => new URL(page.url()).hash === "");
  held.letGo();
  await page.locator("#ask-title").filter({ hasText: "Anthropic" }).waitFor();
  checkNotes(page, world.url);
});

test("what was typed and not sent is gone where a link takes its place", async () => {
  const typed = (page) => page.evaluate(() =>
    [...document.querySelectorAll("input")].map(({ value }) => value).join(""));
  const link = await makeLink();
  const page = await openPage(browser);
  await page.goto(`${world.url}/settings`);
  await page.locator("#enter-token").fill(link.tenant.token);
  await follow(page, link);
  await shown(page, "ask");
  assert.equal((await typed(page)).includes(link.tenant.token), false);
  await page.locator("#ask-key").fill(goodKey());
  await page.evaluate(() => {
    location.hash = "#link=byoklink_none";
  });
  await shown(page, "broken");
  assert.equal((await typed(page)).includes("sk-proj-"), false);
});

test("a page that is loaded anew has no link any more, and says where it is", async () => {
  const link = await makeLink();
  const page = await open(link);
  await shown(page, "ask");
  await page.reload();
  await shown(page, "enter");
  assert.match(await textOf(page, "enter"), /follow a link\? Open it again from the message/);
  // Whoever hears the field hears that too.
  assert.match(await described(page), /follow a link\?/);
  await page.goto(`${world.url}/settings?lang=de`);
  await shown(page, "enter");
  assert.match(await textOf(page, "enter"), /einem Link gefolgt\? Öffnen Sie ihn erneut/);
});

test("byokd that does not answer is no reason to lose the link", async () => {
  const link = await makeLink();
  const page = await openPage(browser);
  let down = true;
  await page.route("**/links", (route) => (down ? route.abort() : route.continue()));
  await page.goto(link.address);
  await shown(page, "broken");
  assert.equal(await textOf(page, "broken-title"), "This did not work");
  await checkAccessible(page, "unreachable");
  down = false;
  await page.locator("#broken-again").click();
  await shown(page, "ask");
  down = true;
  await store(page, goodKey());
  await page.locator("#ask-error").filter({ hasText: "cannot be reached" }).waitFor();
  down = false;
  await store(page, goodKey());
  await shown(page, "stored");
});

test("two clicks store one key", async () => {
  const link = await makeLink();
  const page = await open(link);
  await world.script({ delay_ms: 300 });
  await page.locator("#ask-key").fill(goodKey());
  await page.locator("#ask-store").dblclick();
  await shown(page, "stored");
  assert.equal((await world.calls()).length, 1);
});
