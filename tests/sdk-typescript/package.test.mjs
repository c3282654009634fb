// What is in the package, and whether its types and its code fit where it is used.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import vm from "node:vm";
import { World } from "../sdk/world.mjs";
import { project } from "./installed.mjs";

const source = fileURLToPath(new URL("../../sdk/typescript/", import.meta.url));
const installed = path.join(project, "node_modules/@byok/sdk");
const require = createRequire(path.join(source, "package.json"));

test("the types are those of the API's description", () => {
  const checked = spawnSync(process.execPath, [path.join(source, "scripts/generate-types.mjs"), "--check"]);
  assert.equal(checked.status, 0, String(checked.stderr));
});

test("the package holds what it is used by, and nothing else", async () => {
  const names = await readdir(path.join(source, "src"));
  const modules = names.map((name) => name.replace(/\.ts$/, ""));
  const expected = ["LICENSE", "README.md", "dist/cjs/package.json", "package.json",
    ...["cjs", "esm"].flatMap((kind) => modules.flatMap((name) =>
      [`dist/${kind}/${name}.d.ts`, `dist/${kind}/${name}.js`]))];
  const found = (await readdir(installed, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(installed, path.join(entry.path ?? entry.parentPath, entry.name)));
  assert.deepEqual(found.sort(), expected.sort());
  const { dependencies } = JSON.parse(await readFile(path.join(installed, "package.json"), "utf8"));
  assert.equal(dependencies, undefined);
});

describe("types", () => {
  const good = `
    import { Byok, ByokApiError, NeureuAI, type ChatMessage, type ErrorCode } from "@byok/sdk";

    export async function page(customerApiKey: string, customerOpenAIKey: string): Promise<string> {
      const tenantClient = new NeureuAI({ apiKey: customerApiKey });
      await tenantClient.ai.setProviderKey("openai", customerOpenAIKey);
      const { text } = await tenantClient.ai.chat({
        model: "gpt-4o",
        messages: [{ role: "user", content: "Hello" }],
      });
      const { providers } = await tenantClient.ai.listProviderKeys();
      const masked: string[] = providers.map(({ maskedKey }) => maskedKey);
      await tenantClient.ai.rotateProviderKey("openai");
      return text + masked.join();
    }

    export async function all(client: Byok, signal: AbortSignal): Promise<number> {
      const messages: ChatMessage[] = [{ role: "user", content: [{ type: "text", text: "Hi" }] }];
      const stream = client.ai.stream({ model: "claude-sonnet-4-5", messages }, { signal });
      for await (const piece of stream) piece.toUpperCase();
      const { toolCalls = [], outputTokens } = await stream.final();
      messages.push({ role: "assistant", tool_calls: toolCalls });
      try {
        await client.admin.createToken("acme", { scope: "chat" });
      } catch (error) {
        const expected: ErrorCode = "TENANT_NOT_FOUND";
        if (error instanceof ByokApiError && error.code === expected) return error.status;
      }
      return outputTokens;
    }
  `;
  const bad = {
    "a parameter that is none": `client.ai.chat({ model: "m", messages: [], maxtokens: 3 });`,
    "a role that is none": `client.ai.chat({ model: "m", messages: [{ role: "boss", content: "" }] });`,
    "a model that is missing": `client.ai.chat({ messages: [] });`,
    "a stream asked of chat()": `client.ai.chat({ model: "m", messages: [], stream: true });`,
    "a scope that is none": `client.admin.createToken("acme", { scope: "root" });`,
    "an answer's member that is none": `client.ai.chat({ model: "m", messages: [] }).then((a) => a.txt);`,
  };

  // What the compiler says of a file in the project.
  async function compile(name, code) {
    await writeFile(path.join(project, name), code);
    const compiler = path.join(source, "node_modules/typescript/bin/tsc");
    const done = spawnSync(process.execPath, [compiler, "--noEmit", "--strict", "--target", "es2022",
      "--module", "nodenext", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess",
      "--types", "", "--lib", "es2022,dom", name], { cwd: project, encoding: "utf8" });
    return done.stdout + done.stderr;
  }

  for (const name of ["used.mts", "used.cts"]) {
    test(`strictly, without Node's, in ${name}`, async () => {
      assert.equal(await compile(name, good), "");
    });
  }

  test("mistakes are found", async () => {
    const begin = 'import type { Byok } from "@byok/sdk";\ndeclare const client: Byok;\n';
    const said = await compile("mistakes.mts", begin + Object.values(bad).join("\n"));
    Object.keys(bad).forEach((name, i) => {
      assert.match(said, new RegExp(`mistakes\\.mts\\(${i + 3},`), `${name}: ${said}`);
    });
  });
});

describe("in a browser", () => {
  let world;
  before(async () => {
    world = await World.start();
  });
  after(() => world?.stop());

  test("it bundles without Node's modules, and runs without Node", async () => {
    const esbuild = require("esbuild");
    const { outputFiles, warnings } = await esbuild.build({
      stdin: { contents: 'export * from "@byok/sdk";', resolveDir: project },
      bundle: true, platform: "browser", format: "iife", globalName: "sdk", write: false });
    assert.deepEqual(warnings, []);
    const page = { fetch, AbortController, TextDecoder, URL, URLSearchParams, setTimeout, clearTimeout,
      settings: { apiKey: world.token, baseUrl: world.url } };
    const text = await vm.runInNewContext(`${outputFiles[0].text}
      (async () => {
        const byok = new sdk.Byok(settings);
        const stream = byok.ai.stream({ model: "gpt-4o", messages: [{ role: "user", content: "Hello" }] });
        let text = "";
        for await (const piece of stream) text += piece;
        return text;
      })()`, page);
    assert.equal(text, "fake reply to: Hello");
  });
});
