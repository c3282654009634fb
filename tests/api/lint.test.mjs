// The description by itself: as OpenAPI 3.1 wants it, with examples that fit their schemas.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createConfig, lint } from "@redocly/openapi-core";
import { file, text } from "./description.mjs";
import { formatted } from "./format.mjs";

const config = await createConfig({
  extends: ["recommended-strict"],
  rules: {
    // It is served by each byokd of itself.
    "no-server-example.com": "off",
    // The path of a provider's call takes whatever no other path takes.
    "no-ambiguous-paths": "off",
    // The `default` of each operation stands for them.
    "operation-4xx-response": "off",
    "no-invalid-media-type-examples": "error",
    "no-invalid-schema-examples": "error",
    "no-unused-components": "error",
    "operation-description": "off",
    "tag-description": "error",
  },
});

test("the linter finds nothing", async () => {
  const problems = await lint({ ref: fileURLToPath(file), config });
  const told = problems.map(({ ruleId, message, location }) =>
    `${ruleId}: ${message} at ${location[0]?.pointer}`);
  assert.deepEqual(told, []);
});

test("the file is laid out as format.mjs does it", () => {
  assert.ok(text === formatted, "run `npm run format` in tests/api");
});
