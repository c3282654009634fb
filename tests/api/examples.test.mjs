// Each example of the description, sent to a daemon with a fake provider behind it.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { World, callsTool, keys } from "../sdk/world.mjs";
import { inOrder, operations, resolve } from "./description.mjs";
import { checkAnswer, examplesOf, expectedStatus, requestOf } from "./exchange.mjs";

let world, adminToken;

before(async () => {
  world = await World.start(["public_url=https://keys.example.com", "ui=true"]);
  const made = await world.admin("POST", "/admin/tenants/default/tokens", { scope: "admin" });
  adminToken = made.token;
});
after(() => world?.stop());
beforeEach(async () => {
  await world.forget();
  for (const [provider, apiKey] of Object.entries(keys)) await world.putKey(provider, apiKey);
});

const makeTenant = (id) => world.admin("POST", "/admin/tenants", { id });

async function makeLink() {
  const { id, url } = await world.admin("POST", "/admin/links", { tenant: "acme", provider: "openai" });
  return { id, secret: url.split("#link=")[1] };
}

function tokenFor(path, { secret }) {
  if (path === "/links") return secret;
  return /^\/(admin\/|metrics$)/.test(path) ? adminToken : world.token;
}

// What has to be so before a call, by its name; what it gives replaces examples of parameters.
const preparations = {
  chat: (example) => example === "tools" &&
    world.script(callsTool.gemini("get_weather", { city: "Oslo" })),
  deleteTenant: async () => {
    await makeTenant("leaving");
    return { id: "leaving" };
  },
  revokeToken: async () => {
    const { id } = await world.admin("POST", "/admin/tenants/acme/tokens", { name: "leaving" });
    return { id };
  },
  showLink: makeLink,
  revokeLink: makeLink,
  showKeyRequest: makeLink,
  handOverKey: makeLink,
  showUsage: () => world.admin("POST", "/ai/chat",
    { model: "gpt-4o", messages: [{ role: "user", content: "hi" }] }, "acme"),
};

for (const operation of operations) {
  for (const example of examplesOf(operation)) {
    const name = [operation.operationId, example].filter(Boolean).join(", ");
    test(name, async () => {
      const values = await preparations[operation.operationId]?.(example) || {};
      const { target, ...request } = requestOf(operation, example, values);
      request.headers.Authorization = `Bearer ${tokenFor(operation.path, values)}`;
      const answer = await fetch(world.url + target, request);
      const status = expectedStatus(operation, example);
      assert.equal(answer.status, status, answer.status === status ? "" : await answer.text());
      await checkAnswer(operation, answer);
    });
  }
}

test("a path of a provider's that stands in no list is passed through", async () => {
  const answer = await fetch(`${world.url}/openai/v1/anything/at/all?a=b`, {
    method: "PUT", body: "{}", headers: { Authorization: `Bearer ${world.token}` } });
  assert.equal((await answer.json()).target, "/v1/anything/at/all?a=b");
});

test("the description's own examples of answers are in the order that it promises", () => {
  for (const operation of operations) {
    for (const answer of Object.values(operation.responses)) {
      for (const { schema, examples = {} } of Object.values(resolve(answer).content ?? {})) {
        for (const [name, { value }] of Object.entries(examples)) {
          assert.ok(inOrder(schema, value), `${operation.operationId}, ${name}`);
        }
      }
    }
  }
});
