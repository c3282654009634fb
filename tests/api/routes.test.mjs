// The description has every route of the daemon's tables, and nothing that is in none.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import { api, operations } from "./description.mjs";

const folder = new URL("../../daemon/http/", import.meta.url);

const row = /\{"([A-Z]+)", "([^"]+)", Access::(\w+), \w+(?:, "[^"]*")?\}/g;

async function readRoutes() {
  const routes = [];
  for (const name of await readdir(folder)) {
    if (!name.endsWith("_routes.cpp")) continue;
    const table = (await readFile(new URL(name, folder), "utf8"))
      .match(/^constexpr Route routes\[\] = \{\n(.*?)^\};/ms)?.[1];
    if (table === undefined) continue;
    const found = [...table.matchAll(row)];
    assert.equal(found.length, table.split("\n").length - 1, `a row of ${name} is not understood`);
    routes.push(...found.map(([, method, path, access]) => ({ method, path, access })));
  }
  return routes;
}

const routes = await readRoutes();
// What find_provider_path() takes stands in no table.
const own = operations.filter(({ tags }) => !tags.includes("Provider paths"));
const named = ({ method, path }) => `${method} ${path}`;

test("each route is described, and each described call has its route", () => {
  assert.deepEqual(own.map(named).sort(), routes.map(named).sort());
});

test("who may call is told as the table says", () => {
  for (const route of routes) {
    const operation = own.find((each) => named(each) === named(route));
    const { security = api.security, description = "" } = operation;
    assert.equal(security.length === 0, route.access === "anyone", named(route));
    assert.equal(description.includes("scope `full`"), route.access === "manager", named(route));
    const forOperators = route.path.startsWith("/admin/") || route.path === "/metrics";
    assert.equal(forOperators, route.access === "operators", named(route));
  }
});

test("each call has a name of its own", () => {
  const ids = operations.map(({ operationId }) => operationId);
  assert.equal(new Set(ids).size, ids.length);
});
