// Provider keys: stored, listed, rotated, verified, deleted.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, beforeEach, describe, test } from "node:test";
import util from "node:util";
import { World, json, keys } from "../sdk/world.mjs";
import { hello, kinds } from "./installed.mjs";

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

for (const [kind, { Byok, ByokApiError }] of kinds) {
  describe(kind, () => {
    let world, byok;
    before(async () => {
      world = await World.start();
      byok = new Byok({ apiKey: world.token, baseUrl: world.url, maxRetries: 0 });
    });
    after(() => world?.stop());
    beforeEach(async () => {
      await world.forget();
      await byok.ai.setProviderKey("openai", keys.openai);
    });

    const fails = (call, code, status) => assert.rejects(call, (error) => {
      assert.ok(error instanceof ByokApiError, error.stack);
      assert.deepEqual([error.code, error.status], [code, status]);
      assert.match(error.requestId, /^req_/);
      return true;
    });

    // The digest of the key that the provider got with the last call.
    async function usedKey() {
      await byok.ai.chat(hello("gpt-4o"));
      const { authorization } = (await world.calls()).at(-1).headers;
      return authorization.replace(/^Bearer sha256:/, "");
    }

    test("a key is stored, used, and listed masked", async () => {
      const stored = await byok.ai.setProviderKey("openai", "sk-proj-another-openai-key");
      assert.deepEqual(stored, { provider: "openai", stored: true });
      assert.equal(await usedKey(), sha256("sk-proj-another-openai-key"));
      const { providers } = await byok.ai.listProviderKeys();
      const listed = providers.find(({ provider }) => provider === "openai");
      assert.match(listed.setAt, time);
      assert.deepEqual([listed.maskedKey, listed.status], ["sk-pr...key", "active"]);
    });

    test("a key that is verified first is not stored where the provider refuses it", async () => {
      const verified = await byok.ai.setProviderKey("openai", keys.openai, { verify: true });
      assert.equal(verified.verified, true);
      await world.script(json({ error: { message: "no", code: "invalid_api_key" } }, 401));
      await fails(byok.ai.setProviderKey("openai", "sk-a-bad-key-of-some-length", { verify: true }),
        "KEY_REJECTED", 422);
      assert.equal(await usedKey(), sha256(keys.openai));
    });

    test("a rotation keeps the key, or replaces it", async () => {
      const { provider, rotatedAt } = await byok.ai.rotateProviderKey("openai");
      assert.equal(provider, "openai");
      assert.match(rotatedAt, time);
      assert.equal(await usedKey(), sha256(keys.openai));
      await byok.ai.rotateProviderKey("openai", "sk-proj-a-new-openai-key");
      assert.equal(await usedKey(), sha256("sk-proj-a-new-openai-key"));
      await fails(byok.ai.rotateProviderKey("openai", ""), "INVALID_KEY", 400);
    });

    test("a new key that is verified first replaces nothing where the provider refuses it", async () => {
      const newest = "sk-proj-the-newest-openai-key";
      const { verified } = await byok.ai.rotateProviderKey("openai", newest, { verify: true });
      assert.equal(verified, true);
      await world.script(json({ error: { message: "no", code: "invalid_api_key" } }, 401));
      await fails(byok.ai.rotateProviderKey("openai", "sk-a-bad-key-of-some-length", { verify: true }),
        "KEY_REJECTED", 422);
      assert.equal(await usedKey(), sha256(newest));
      await fails(byok.ai.rotateProviderKey("openai", undefined, { verify: true }), "BAD_REQUEST", 400);
    });

    test("the provider is asked for its opinion", async () => {
      const { status } = await byok.ai.verifyProviderKey("openai");
      assert.equal(status, "valid");
    });

    test("a deleted key is gone", async () => {
      assert.deepEqual(await byok.ai.deleteProviderKey("openai"), { provider: "openai", deleted: true });
      await fails(byok.ai.deleteProviderKey("openai"), "KEY_NOT_FOUND", 404);
      await fails(byok.ai.chat(hello("gpt-4o")), "NO_PROVIDER_KEY", 422);
    });

    test("a name is one segment of the path, whatever it holds", async () => {
      await fails(byok.ai.rotateProviderKey("../providers/openai"), "UNKNOWN_PROVIDER", 400);
      for (const name of ["", ".", ".."]) {
        await assert.rejects(byok.ai.deleteProviderKey(name), TypeError);
      }
      assert.equal((await byok.ai.listProviderKeys()).providers.length, 3);
    });

    test("neither client nor errors show a token or a key", async () => {
      const shown = (value) => util.inspect(value, { depth: 20, showHidden: true });
      const secret = "sk-proj-secret key";
      const error = await byok.ai.setProviderKey("openai", secret).catch((each) => each);
      assert.equal(error.code, "INVALID_KEY");
      for (const text of [shown(byok), JSON.stringify(byok), shown(error)]) {
        assert.ok(!text.includes(world.token) && !text.includes("secret"), text);
      }
      assert.throws(() => new Byok({ apiKey: "byok_secret\nx" }),
        (thrown) => thrown instanceof TypeError && !shown(thrown).includes("byok_secret"));
    });
  });
}
