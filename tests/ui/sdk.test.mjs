// The TypeScript SDK as a page of another origin has it: its modules as they are compiled, no
// bundler, and byokd over CORS.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { World, eventually, keys, refuses } from "../sdk/world.mjs";
import { launch, openPage } from "./browser.mjs";

const sdk = fileURLToPath(new URL("../../sdk/typescript/", import.meta.url));

let world, browser, folder, server, other, page;

// Serves the compiled modules, and an empty page that may use them.
async function serveApp() {
  const made = http.createServer(async (request, answer) => {
    if (request.url === "/") {
      answer.writeHead(200, { "Content-Type": "text/html" });
      return answer.end("<!doctype html><title>App</title>");
    }
    const name = path.basename(request.url);
    const module = await readFile(path.join(folder, name)).catch(() => undefined);
    answer.writeHead(module ? 200 : 404, { "Content-Type": "text/javascript" });
    answer.end(module);
  });
  await new Promise((ready) => made.listen(0, "127.0.0.1", ready));
  return { url: `http://127.0.0.1:${made.address().port}`, close: () => {
    made.closeAllConnections();
    made.close();
  } };
}

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "byok-ui-"));
  execFileSync(process.execPath, [path.join(sdk, "node_modules/typescript/bin/tsc"),
    "-p", path.join(sdk, "tsconfig.json"), "--outDir", folder], { stdio: "inherit" });
  [server, other, browser] = await Promise.all([serveApp(), serveApp(), launch()]);
  world = await World.start([`cors.origins=["${server.url}"]`]);
});
after(async () => {
  await browser?.close();
  await world?.stop();
  server?.close();
  other?.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await world.forget();
  for (const [provider, apiKey] of Object.entries(keys)) await world.putKey(provider, apiKey);
  await page?.context().close();
  page = await openApp(server.url);
});

// A page of that origin with a client in it, as `byok`; and `sdk`, and what tells of an error.
async function openApp(origin, options = {}) {
  const opened = await openPage(browser);
  await opened.goto(origin);
  await opened.evaluate(async ({ apiKey, baseUrl, more }) => {
    globalThis.sdk = await import("/index.js");
    globalThis.byok = new sdk.Byok({ apiKey, baseUrl, maxRetries: 0, ...more });
    globalThis.failure = (call) => call.then(() => "it did not fail", (error) => ({
      name: error.name, code: error.code, status: error.status, requestId: error.requestId,
      retryAfter: error.retryAfter, message: error.message,
      isByokError: error instanceof sdk.ByokError }));
    globalThis.hello = (model) => ({ model, messages: [{ role: "user", content: "Hello" }] });
  }, { apiKey: world.token, baseUrl: world.url, more: options });
  return opened;
}

test("keys are stored, listed, rotated, verified and deleted", async () => {
  const outcome = await page.evaluate(async () => [
    await byok.ai.setProviderKey("openai", "sk-proj-a-key-of-the-browser", { verify: true }),
    (await byok.ai.listProviderKeys()).providers.find(({ provider }) => provider === "openai").maskedKey,
    (await byok.ai.rotateProviderKey("openai", "sk-proj-another-key-of-it")).provider,
    (await byok.ai.verifyProviderKey("openai")).status,
    await byok.ai.deleteProviderKey("openai"),
    (await byok.ai.usage()).usage instanceof Array,
    (await byok.ai.models()).models.length > 0,
  ]);
  assert.deepEqual(outcome, [{ provider: "openai", stored: true, verified: true }, "sk-pr...ser",
    "openai", "valid", { provider: "openai", deleted: true }, true, true]);
});

test("a chat, and one that streams as it comes", async () => {
  await world.script({}, { chunks: 5, gap_ms: 100 });
  const [text, pieces, final, spread] = await page.evaluate(async () => {
    const { text } = await byok.ai.chat(hello("gpt-4o"));
    const stream = byok.ai.stream(hello("claude-sonnet-4-5"));
    const pieces = [];
    const times = [];
    for await (const piece of stream) {
      pieces.push(piece);
      times.push(performance.now());
    }
    return [text, pieces, await stream.final(), times.at(-1) - times[0]];
  });
  assert.equal(text, "fake reply to: Hello");
  assert.ok(pieces.length >= 5 && spread > 100, `${pieces.length} pieces in ${spread} ms`);
  assert.equal(final.text, pieces.join(""));
  assert.deepEqual([final.finishReason, final.inputTokens, final.outputTokens], ["stop", 11, 7]);
});

test("a call and a stream that are given up end the provider's", async () => {
  await world.script({ delay_ms: 60_000 });
  const given = page.evaluate(() => {
    globalThis.controller = new AbortController();
    return failure(byok.ai.chat(hello("gpt-4o"), { signal: controller.signal }));
  });
  await eventually(async () => (await world.underWay()) === 1);
  await page.evaluate(() => controller.abort());
  const { name, isByokError } = await given;
  assert.deepEqual([name, isByokError], ["AbortError", true]);
  await eventually(async () => (await world.underWay()) === 0);

  await world.script({ chunks: 1000, gap_ms: 50 });
  const seen = await page.evaluate(async () => {
    for await (const piece of byok.ai.stream(hello("gpt-4o"))) return piece;
  });
  assert.ok(seen.length > 0);
  await eventually(async () => (await world.underWay()) === 0);
});

test("errors are typed, with what their headers say", async () => {
  await world.script({ ...refuses.openai(429),
    headers: { "Content-Type": "application/json", "Retry-After": "7" } });
  const [unauthorized, model, key, limited] = await page.evaluate(async ({ baseUrl }) => [
    await failure(new sdk.Byok({ apiKey: "byok_nobody", baseUrl, maxRetries: 0 }).ai.models()),
    await failure(byok.ai.chat(hello("nobodys-model"))),
    await failure(byok.ai.deleteProviderKey("openai").then(() => byok.ai.deleteProviderKey("openai"))),
    await failure(byok.ai.chat(hello("claude-sonnet-4-5"))),
  ], { baseUrl: world.url });
  assert.deepEqual([unauthorized.name, unauthorized.code, unauthorized.status],
    ["ByokApiError", "UNAUTHORIZED", 401]);
  assert.deepEqual([model.code, model.status], ["UNKNOWN_MODEL", 400]);
  assert.deepEqual([key.code, key.status], ["KEY_NOT_FOUND", 404]);
  assert.deepEqual([limited.status, limited.retryAfter], [429, 7]);
  // It stands in a header that a page reads only where byokd says so.
  for (const { requestId } of [unauthorized, model, key, limited]) assert.match(requestId, /^req_/);
});

test("a stream that breaks off is an error", async () => {
  await world.script({ chunks: 20, close_after_bytes: 1500 });
  const broken = await page.evaluate(() => failure((async () => {
    for await (const piece of byok.ai.stream(hello("gpt-4o"))) piece.toUpperCase();
  })()));
  assert.deepEqual([broken.code, broken.status], ["PROVIDER_ERROR", 200]);
});

test("what fails for a while is tried again after the wait that is asked for", async () => {
  await page.context().close();
  page = await openApp(server.url, { maxRetries: 2 });
  await world.script({ ...refuses.openai(429),
    headers: { "Content-Type": "application/json", "Retry-After": "1" } });
  const [text, took] = await page.evaluate(async () => {
    const begun = performance.now();
    const { text } = await byok.ai.chat(hello("gpt-4o"));
    return [text, performance.now() - begun];
  });
  assert.equal(text, "fake reply to: Hello");
  assert.ok(took >= 1000, `after ${took} ms`);
});

test("a page of another origin is told nothing, and nothing is called for it", async () => {
  const stranger = await openApp(other.url);
  const outcome = await stranger.evaluate(() => failure(byok.ai.chat(hello("gpt-4o"))));
  assert.equal(outcome.name, "ByokConnectionError");
  assert.deepEqual(await world.calls(), []);
});

test("an SDK of a provider's kind calls the provider's own path", async () => {
  const [status, model, id] = await page.evaluate(async ({ baseUrl, token }) => {
    const answer = await fetch(`${baseUrl}/v1/chat/completions`, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json",
        "X-Stainless-Lang": "js", "OpenAI-Organization": "org-1" },
      body: JSON.stringify(hello("gpt-4o")),
    });
    const { choices } = await answer.json();
    return [answer.status, choices.length, answer.headers.get("x-byok-request-id")];
  }, { baseUrl: world.url, token: world.token });
  assert.deepEqual([status, model], [200, 1]);
  assert.match(id, /^req_/);
});
