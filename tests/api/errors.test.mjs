// The codes of errors: as the daemon's source has them, and as the daemon answers with them.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, beforeEach, describe, test } from "node:test";
import { World, eventually, json, keys } from "../sdk/world.mjs";
import { api, complaint, operations, response } from "./description.mjs";
import { checkAnswer } from "./exchange.mjs";

const source = (path) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");

describe("the codes", () => {
  test("are those of the source, in its order", async () => {
    const names = [...(await source("common/error.cpp")).matchAll(/return "([A-Z_]+)";/g)];
    // What stands behind the switch is none of its own.
    const codes = names.slice(0, -1).map(([, name]) => name);
    assert.deepEqual(api.components.schemas.ErrorCode.enum, codes);
  });

  test("come with the source's statuses, and none is left out", async () => {
    const switches = (await source("daemon/http/status.cpp")).split("std::string_view reason")[0];
    const wanted = {};
    for (const [, labels, status] of switches.matchAll(/((?: +case Errc::\w+:\n)+) +return (\d+);/g)) {
      for (const [, code] of labels.matchAll(/Errc::(\w+)/g)) wanted[code.toUpperCase()] = status;
    }
    const described = {};
    for (const operation of operations) {
      for (const status of Object.keys(operation.responses).filter((each) => each >= "400")) {
        const { content, description } = response(operation, status);
        for (const code of content["application/json"].schema.properties?.error.enum ?? []) {
          described[code] = status;
        }
        for (const [, own, code] of description.matchAll(/^- (\d+) `(\w+)`/gm)) described[code] = own;
      }
    }
    assert.deepEqual(Object.entries(described).sort(), Object.entries(wanted).sort());
  });
});

describe("the answers", () => {
  let world, chatToken, adminToken;
  const links = {};
  before(async () => {
    world = await World.start(
      ["limits.max_body=100KiB", "public_url=https://keys.example.com", "ui=true"]);
    const make = async (tenant, scope) =>
      (await world.admin("POST", `/admin/tenants/${tenant}/tokens`, { scope })).token;
    chatToken = await make("acme", "chat");
    adminToken = await make("default", "admin");
    await world.admin("POST", "/admin/tenants", { id: "empty" });
    for (const [name, expires] of [["used", "1h"], ["revoked", "1h"], ["expired", "1s"]]) {
      const order = { tenant: "empty", provider: "gemini", expires };
      const { id, url } = await world.admin("POST", "/admin/links", order);
      links[name] = { id, secret: url.split("#link=")[1] };
    }
    await world.admin("DELETE", `/admin/links/${links.revoked.id}`);
    const used = await send("POST", "/links", { body: { apiKey: keys.gemini }, as: "used" });
    assert.equal(used.status, 200);
    await eventually(async () => (await send("GET", "/links", { as: "expired" })).status === 410);
  });
  after(() => world?.stop());
  beforeEach(() => world.forget());

  const chat = { model: "gpt-4o", messages: [{ role: "user", content: "hi" }] };
  const failing = (status, headers = {}) =>
    json({ error: { message: "no", type: "x", param: null, code: null } }, status, headers);

  const cases = [
    ["BAD_REQUEST", "POST", "/ai/chat", { body: { model: "gpt-4o", messages: [] } }],
    ["BAD_REQUEST", "GET", "/ai/usage?from=yesterday", {}],
    ["BAD_REQUEST", "POST", "/admin/tenants", { body: { id: "new", colour: "red" }, as: "admin" }],
    ["BAD_REQUEST", "POST", "/ai/chat", { body: chat, script: failing(404) }],
    ["INVALID_JSON", "POST", "/ai/chat", { body: "{" }],
    ["INVALID_KEY", "PUT", "/ai/providers/openai", { body: { apiKey: "short" } }],
    ["UNKNOWN_PROVIDER", "PUT", "/ai/providers/nobody", { body: { apiKey: keys.openai } }],
    ["UNKNOWN_MODEL", "POST", "/ai/chat", { body: { ...chat, model: "nobodys" } }],
    ["INVALID_TENANT", "POST", "/admin/tenants", { body: { id: "A!" }, as: "admin" }],
    ["UNSUPPORTED_PARAMETER", "POST", "/ai/embeddings",
      { body: { model: "claude-sonnet-4-5", input: "hi" } }],
    ["UNAUTHORIZED", "GET", "/ai/providers", { as: "nobody" }],
    ["FORBIDDEN", "GET", "/ai/providers", { as: "chat" }],
    ["FORBIDDEN", "GET", "/admin/status", {}],
    ["NOT_FOUND", "DELETE", "/admin/tokens/tok_nobody", { as: "admin" }],
    ["KEY_NOT_FOUND", "POST", "/ai/providers/openai/rotate", { as: "admin", tenant: "empty" }],
    ["TENANT_NOT_FOUND", "GET", "/admin/tenants/nobody", { as: "admin" }],
    ["TENANT_NOT_FOUND", "GET", "/ai/providers", { as: "admin", tenant: "nobody" }],
    ["TENANT_EXISTS", "POST", "/admin/tenants", { body: { id: "acme" }, as: "admin" }],
    ["LINK_USED", "POST", "/links", { body: { apiKey: keys.gemini }, as: "used" }],
    ["LINK_EXPIRED", "GET", "/links", { as: "expired" }],
    ["LINK_REVOKED", "POST", "/links", { body: { apiKey: keys.gemini }, as: "revoked" }],
    ["BAD_REQUEST", "POST", "/admin/links",
      { body: { tenant: "acme", provider: "openai", expires: "1y" }, as: "admin" }],
    ["NOT_FOUND", "GET", "/admin/links/lnk_nobody", { as: "admin" }],
    ["BODY_TOO_LARGE", "POST", "/ai/chat", { body: { ...chat, user: "x".repeat(200_000) } }],
    ["UNSUPPORTED_MEDIA_TYPE", "POST", "/admin/import", { body: {}, as: "admin" }],
    ["NO_PROVIDER_KEY", "POST", "/ai/chat", { body: chat, as: "admin", tenant: "empty" }],
    ["KEY_REJECTED", "PUT", "/ai/providers/openai?verify=true",
      { body: { apiKey: keys.openai }, script: failing(401) }],
    ["KEY_REJECTED", "POST", "/ai/chat", { body: chat, script: failing(401) }],
    ["RATE_LIMITED", "POST", "/ai/chat",
      { body: chat, script: failing(429, { "Retry-After": "7" }), header: ["retry-after", "7"] }],
    ["PROVIDER_ERROR", "POST", "/ai/chat", { body: chat, script: failing(500) }],
    ["PROVIDER_UNREACHABLE", "PUT", "/ai/providers/openai?verify=true",
      { body: { apiKey: keys.openai }, script: failing(503) }],
    ["OVERLOADED", "POST", "/ai/chat", { body: chat, script: failing(503) }],
    ["PROVIDER_TIMEOUT", "POST", "/ai/chat", { body: chat, script: failing(504) }],
  ];

  async function send(method, target, { body, as = "full", tenant }) {
    const tokens = { full: world.token, chat: chatToken, admin: adminToken };
    for (const [name, { secret }] of Object.entries(links)) tokens[name] = secret;
    const headers = { "Content-Type": "application/json" };
    if (tokens[as]) headers.Authorization = `Bearer ${tokens[as]}`;
    if (tenant) headers["X-Byok-Tenant"] = tenant;
    return fetch(world.url + target, { method, headers,
      body: typeof body === "object" ? JSON.stringify(body) : body });
  }

  const operationAt = (method, target) => operations.find((operation) =>
    operation.method === method && operation.path !== "/{provider}/{path}" &&
    new RegExp(`^${operation.path.replace(/\{\w+\}/g, "[^/]+")}$`).test(target.split("?")[0]));

  for (const [code, method, target, more] of cases) {
    test(`${code} of ${method} ${target}`, async () => {
      if (more.script) await world.script(more.script);
      const answer = await send(method, target, more);
      const operation = operationAt(method, target);
      assert.ok(operation.responses[answer.status], `${answer.status} is not described`);
      const [{ error, requestId }] = await checkAnswer(operation, answer);
      assert.equal(error, code);
      assert.equal(requestId, answer.headers.get("x-byok-request-id"));
      if (more.header) assert.equal(answer.headers.get(more.header[0]), more.header[1]);
    });
  }

  const error = { $ref: "#/components/schemas/Error" };

  test("what fits no call is an error of the same shape", async () => {
    for (const [code, status, method, target, headers] of [
      ["NOT_FOUND", 404, "GET", "/ai/nothing", {}],
      ["METHOD_NOT_ALLOWED", 405, "PATCH", "/ai/providers", {}],
      ["HEADERS_TOO_LARGE", 431, "GET", "/health", { "X-Large": "x".repeat(33_000) }],
    ]) {
      const answer = await fetch(world.url + target, { method, headers });
      const value = await answer.json();
      assert.equal(complaint(error, value), undefined);
      assert.deepEqual([answer.status, value.error], [status, code]);
      assert.equal(answer.headers.has("allow"), status === 405);
    }
  });

  test("a stream that fails after it began ends with the failure", async () => {
    await world.script({ chunks: 20, close_after_bytes: 1500 });
    const answer = await send("POST", "/ai/chat", { body: { ...chat, stream: true } });
    const values = await checkAnswer(operationAt("POST", "/ai/chat"), answer);
    assert.deepEqual([values[0].done, values.at(-1).error], [false, "PROVIDER_ERROR"]);
  });

  test("errors on the providers' paths have the providers' shapes", async () => {
    const nobody = { Authorization: "Bearer byok_nobody", "anthropic-version": "2023-06-01" };
    const bodies = {};
    for (const target of ["/openai/v1/models", "/v1/messages", "/v1beta/models"]) {
      bodies[target] = await (await fetch(world.url + target, { headers: nobody })).json();
    }
    assert.equal(bodies["/openai/v1/models"].error.code, "unauthorized");
    assert.equal(bodies["/v1/messages"].error.type, "authentication_error");
    assert.equal(bodies["/v1beta/models"].error.status, "UNAUTHENTICATED");
  });
});
