// Google's SDK against its own provider.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import {
  World, callsTool, eventually, keys, needsNode, pixel, refuses, says, weather,
} from "./world.mjs";

const model = "gemini-3.8-flash";

for (const [major, node] of [[3, 22], [2, 20]]) {
  const skip = needsNode(node);
  const { ApiError, GoogleGenAI } = skip ? {} : await import(`genai-${major}`);

  describe(`@google/genai ${major}`, { skip }, () => {
    let world, ai;
    const clientWith = (apiKey, httpOptions = {}) => new GoogleGenAI({
      apiKey, httpOptions: { baseUrl: world.url, ...httpOptions } });
    before(async () => {
      world = await World.start();
      ai = clientWith(world.token);
    });
    after(() => world?.stop());
    beforeEach(() => world.forget());

    test("content", async () => {
      const answer = await ai.models.generateContent({ model, contents: "hi" });
      assert.equal(answer.text, "fake reply to: hi");
      assert.equal(answer.usageMetadata.totalTokenCount, 18);
      const [call] = await world.calls();
      assert.ok(call.target.endsWith(`/models/${model}:generateContent`));
      assert.ok(call.headers["x-goog-api-key"].startsWith("sha256:"));
    });

    test("every version of the API", async () => {
      for (const apiVersion of ["v1", "v1beta", "v1alpha"]) {
        const answer = await clientWith(world.token, { apiVersion }).models.generateContent({
          model, contents: "hi" });
        assert.equal(answer.text, "fake reply to: hi");
        assert.ok((await world.calls()).at(-1).target.startsWith(`/${apiVersion}/`));
      }
    });

    test("stream", async () => {
      let text = "";
      let usage;
      for await (const part of await ai.models.generateContentStream({ model, contents: "hi" })) {
        text += part.text ?? "";
        usage = part.usageMetadata ?? usage;
      }
      assert.equal(text, "fake reply to: hi");
      assert.equal(usage.totalTokenCount, 18);
    });

    test("tools, two turns", async () => {
      await world.script(callsTool.gemini("get_weather", { city: "Oslo" }),
        says.gemini("It rains in Oslo."));
      const config = { tools: [{ functionDeclarations: [
        { name: "get_weather", parametersJsonSchema: weather }] }] };
      const chat = ai.chats.create({ model, config });
      const first = await chat.sendMessage({ message: "weather?" });
      assert.deepEqual(first.functionCalls[0].args, { city: "Oslo" });
      const second = await chat.sendMessage({ message: {
        functionResponse: { name: "get_weather", response: { output: "rain" } } } });
      assert.equal(second.text, "It rains in Oslo.");
      const calls = await world.calls();
      assert.equal(calls[1].body.contents[1].parts[0].thoughtSignature, "c2lnbmF0dXJl");
      assert.equal(calls[1].body.contents[2].parts[0].functionResponse.response.output, "rain");
    });

    test("structured output", async () => {
      await world.script(says.gemini('{"city":"Oslo"}'));
      const answer = await ai.models.generateContent({ model, contents: "where?", config: {
        responseMimeType: "application/json", responseJsonSchema: weather } });
      assert.deepEqual(JSON.parse(answer.text), { city: "Oslo" });
      const { generationConfig } = (await world.calls())[0].body;
      assert.deepEqual(generationConfig.responseJsonSchema, weather);
    });

    test("pictures", async () => {
      await ai.models.generateContent({ model, contents: [
        { inlineData: { mimeType: "image/png", data: pixel } }, "what is this?"] });
      const [call] = await world.calls();
      assert.equal(call.body.contents[0].parts[0].inlineData.data, pixel);
    });

    test("embeddings, models and counting", async () => {
      const { embeddings } = await ai.models.embedContent({
        model: "gemini-embedding-001", contents: ["a", "b"] });
      assert.deepEqual(embeddings.map((each) => each.values), [[0.5, -1, 2], [0.5, -1, 2]]);
      const names = [];
      for await (const each of await ai.models.list()) names.push(each.name);
      assert.ok(names.includes(`models/${model}`));
      assert.equal((await ai.models.get({ model })).name, `models/${model}`);
      assert.equal((await ai.models.countTokens({ model, contents: "hi" })).totalTokens, 11);
    });

    test("errors tell their status", async () => {
      for (const status of [400, 403, 404, 429, 500, 503]) {
        // The SDK tries some of them again by itself.
        await world.script({ ...refuses.gemini(status, `no: ${status}`), times: 9 });
        await assert.rejects(ai.models.generateContent({ model, contents: "hi" }), (error) => {
          assert.ok(error instanceof ApiError, error.constructor.name);
          assert.equal(error.status, status);
          assert.match(error.message, new RegExp(`no: ${status}`));
          return true;
        });
        await world.forget();
      }
    });

    test("what byokd itself refuses", async () => {
      await assert.rejects(
        clientWith("byok_nobody").models.generateContent({ model, contents: "hi" }),
        (error) => error instanceof ApiError && error.status === 401);
      await world.admin("DELETE", "/ai/providers/gemini", undefined, "acme");
      try {
        await assert.rejects(ai.models.generateContent({ model, contents: "hi" }),
          (error) => error instanceof ApiError && error.status === 422 && /store/.test(error.message));
      } finally {
        await world.putKey("gemini", keys.gemini);
      }
      assert.equal((await world.calls()).length, 0);
    });

    test("an aborted stream ends the provider's", async () => {
      await world.script({ chunks: 1000, gap_ms: 50 });
      const controller = new AbortController();
      const stream = await ai.models.generateContentStream({ model, contents: "hi",
        config: { abortSignal: controller.signal } });
      await assert.rejects(async () => {
        for await (const part of stream) {
          if (part.text) controller.abort();
        }
      });
      await eventually(async () => (await world.underWay()) === 0);
    });

    test("a stream that breaks off is an error, not an end", async () => {
      await world.script({ chunks: 20, close_after_bytes: 1500 });
      await assert.rejects(async () => {
        for await (const part of await ai.models.generateContentStream({ model, contents: "hi" })) {
          assert.ok(part);
        }
      });
    });
  });
}
