// The product's page: its example, with nothing but the import and the address changed.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { World, keys } from "../sdk/world.mjs";
import { kinds } from "./installed.mjs";

for (const [kind, { NeureuAI }] of kinds) {
  describe(kind, () => {
    let world;
    before(async () => {
      world = await World.start();
    });
    after(() => world?.stop());

    test("the page's example runs", async () => {
      const tenantClient = new NeureuAI({ apiKey: world.token, baseUrl: world.url });

      await tenantClient.ai.setProviderKey("openai", "sk-proj-your-openai-key");

      const { text } = await tenantClient.ai.chat({
        model: "gpt-4o",
        messages: [{ role: "user", content: "Hello" }],
      });
      assert.equal(text, "fake reply to: Hello");

      const { providers } = await tenantClient.ai.listProviderKeys();
      const { maskedKey } = providers.find(({ provider }) => provider === "openai");
      assert.equal(maskedKey, "sk-pr...key");
      assert.equal(providers.length, Object.keys(keys).length);

      await tenantClient.ai.rotateProviderKey("openai");
    });
  });
}
