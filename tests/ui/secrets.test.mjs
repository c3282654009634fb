// Keys, tokens and links stay where they belong: searched for in all that a browser keeps.
import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { launchIn, notesOf, shown, watch } from "./browser.mjs";
import { addKey, goodKey, makeTenant, refusal, rowOf, startWorld } from "./page.mjs";

let world, folder, context;
before(async () => {
  world = await startWorld(["public_url=http://127.0.0.1:1"]);
  folder = await mkdtemp(path.join(os.tmpdir(), "byok-ui-"));
});
after(async () => {
  await context?.close();
  await world?.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

// What the page's own storage and document hold, and its address.
const kept = (page) => page.evaluate(async () => {
  const fields = [...document.querySelectorAll("input, textarea")].map(({ value }) => value);
  const databases = await indexedDB.databases();
  const caches = await globalThis.caches?.keys() ?? [];
  return JSON.stringify([location.href, document.referrer, document.title, document.cookie, name,
    history.state, { ...localStorage }, { ...sessionStorage }, databases, caches, fields,
    document.documentElement.outerHTML, performance.getEntriesByType("resource").map(({ name }) => name)]);
});

async function filesUnder(root) {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

// The files under `root` that hold `secret`, in a byte a letter or in two.
async function holders(root, secret) {
  const needles = [Buffer.from(secret), Buffer.from(secret, "utf16le")];
  const found = [];
  for (const file of await filesUnder(root)) {
    const bytes = await readFile(file).catch(() => Buffer.alloc(0));
    if (needles.some((needle) => bytes.includes(needle))) found.push(path.relative(root, file));
  }
  return found;
}

test("no key and no token is in a storage, an address, the log or the document", async (t) => {
  const profile = path.join(folder, "profile");
  const netLog = path.join(folder, "net.json");
  context = await launchIn(profile, netLog);
  const page = context.pages()[0] ?? await context.newPage();
  watch(page);
  const secrets = [];
  const secret = (text) => {
    // What stands in the middle: masks show the ends.
    secrets.push(text.slice(10, 34));
    return text;
  };
  const check = async (state) => {
    const all = await kept(page) + JSON.stringify(notesOf(page));
    for (const each of secrets) assert.equal(all.includes(each), false, state);
  };

  const tenant = await makeTenant(world);
  await page.goto(`${world.url}/settings`);
  await shown(page, "enter");
  await page.locator("#enter-token").fill(secret(tenant.token));
  await page.locator("#enter-open").click();
  await shown(page, "board");
  await check("token");

  // While it is on its way the key is in no field any more.
  await world.script({ delay_ms: 500 });
  await addKey(page, "openai", secret(goodKey()));
  await page.locator("#key-save[aria-disabled]").waitFor();
  await check("key on its way");
  await page.locator("#keys-notice").filter({ hasText: "stored" }).waitFor();
  await check("stored key");
  await world.script(refusal);
  await addKey(page, "anthropic", secret(goodKey("sk-ant-")));
  await page.locator("#key-error").filter({ hasText: /\S/ }).waitFor();
  await check("refused key");
  await page.locator("#key-field").fill(secret(goodKey()));
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.getElementById("key-field").value === "");
  await check("dialog left");
  await rowOf(page, "openai").getByRole("button", { name: "Rotate" }).click();
  await page.locator("#way-new").check();
  await page.locator("#key-field").fill(secret(goodKey()));
  await page.locator("#key-save").click();
  await page.locator("#keys-notice").filter({ hasText: "accepts" }).waitFor();
  await check("rotated key");

  const { url } = await world.admin("POST", "/admin/links",
    { tenant: tenant.id, provider: "gemini" });
  const { hash } = new URL(url);
  await page.goto("about:blank");
  await page.goto(`${world.url}/settings${hash}`);
  await shown(page, "ask");
  const onPage = await kept(page);
  assert.equal(onPage.includes(hash.slice("#link=".length)), false);
  await page.locator("#ask-key").fill(secret(goodKey("AIza")));
  await page.locator("#ask-store").click();
  await shown(page, "stored");
  await check("handed over");
  // Nothing is to be gone back to, either.
  await page.goBack().catch(() => {});
  await page.goForward().catch(() => {});
  await check("back and forth");
  const cookies = await context.cookies();
  assert.deepEqual(cookies, []);
  const { requests } = notesOf(page);
  assert.deepEqual(requests.filter((each) => each.includes("byok")), []);
  await context.close();

  const files = await filesUnder(profile);
  assert.ok(files.length > 50);
  for (const each of secrets) assert.deepEqual(await holders(profile, each), []);

  // What Chromium wrote down of the network: the page asked nobody but byokd. What it wants for
  // itself (its updates, its account) has another initiator, and is not let out.
  const { events } = JSON.parse(await readFile(netLog, "utf8"));
  const asked = events.map(({ params }) => params)
    .filter((params) => params?.url && params.initiator === world.url)
    .map(({ url: each }) => new URL(each));
  assert.ok(asked.some(({ pathname }) => pathname === "/settings/settings.js"));
  assert.ok(asked.some(({ pathname }) => pathname === "/ai/providers/openai"));
  assert.deepEqual(asked.filter(({ origin }) => origin !== world.url), []);
  t.diagnostic(`${secrets.length} secrets, ${files.length} files of the profile: 0 hits; ` +
    `${asked.length} requests, all to byokd`);
  // The search finds what is there to be found.
  assert.ok((await holders(folder, secrets[0])).includes("net.json"));
});
