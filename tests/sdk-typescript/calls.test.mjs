// Chats, embeddings, models and usage.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { World, callsTool, weather } from "../sdk/world.mjs";
import { gather, hello, kinds } from "./installed.mjs";

const models = ["gpt-4o", "claude-sonnet-4-5", "gemini-3.8-flash"];

for (const [kind, { Byok }] of kinds) {
  describe(kind, () => {
    let world, byok;
    before(async () => {
      world = await World.start();
      byok = new Byok({ apiKey: world.token, baseUrl: world.url });
    });
    after(() => world?.stop());
    beforeEach(() => world.forget());

    test("a chat", async () => {
      for (const model of models) {
        const answer = await byok.ai.chat({ ...hello(model), systemPrompt: "Be brief.", maxTokens: 50 });
        assert.equal(answer.text, "fake reply to: Hello");
        assert.equal(answer.choices[0].finish_reason, "stop");
        assert.deepEqual([answer.inputTokens, answer.outputTokens], [11, 7]);
        assert.equal(answer.keySource, "tenant");
        assert.match(answer.logId, /^req_/);
      }
    });

    test("a streamed chat, in pieces and as a whole", async () => {
      for (const model of models) {
        await world.script({ chunks: 5 });
        const stream = byok.ai.stream(hello(model));
        const pieces = await gather(stream);
        assert.ok(pieces.length >= 5, pieces.join("|"));
        const final = await stream.final();
        assert.equal(final.text, pieces.join(""));
        assert.deepEqual([final.finishReason, final.inputTokens, final.outputTokens], ["stop", 11, 7]);
        assert.equal(final.done, undefined);
      }
    });

    test("the whole of a stream that nobody else reads", async () => {
      const { text } = await byok.ai.stream(hello("gpt-4o")).final();
      assert.equal(text, "fake reply to: Hello");
    });

    test("a stream is read once", async () => {
      const stream = await byok.ai.stream(hello("gpt-4o"));
      await gather(stream);
      await assert.rejects(gather(stream), { name: "ByokError" });
      assert.equal((await world.calls()).length, 1);
    });

    test("tools, two turns, with what the model thought", async () => {
      const tools = [{ type: "function", function: { name: "get_weather", parameters: weather } }];
      await world.script(callsTool.anthropic("get_weather", { city: "Oslo" }));
      const chat = { ...hello("claude-sonnet-4-5"), tools };
      const { toolCalls, reasoning } = await byok.ai.chat(chat);
      assert.equal(reasoning, "It wants the weather.");
      assert.deepEqual(JSON.parse(toolCalls[0].function.arguments), { city: "Oslo" });
      await byok.ai.chat({ ...chat, messages: [
        ...chat.messages,
        { role: "assistant", content: null, tool_calls: toolCalls },
        { role: "tool", tool_call_id: toolCalls[0].id, content: "rain" },
      ] });
      const { messages } = (await world.calls()).at(-1).body;
      assert.equal(messages.at(-1).content[0].type, "tool_result");
    });

    test("tool calls of a stream are put together", async () => {
      const delta = (change, finish = null) => "data: " + JSON.stringify({
        id: "c", object: "chat.completion.chunk", created: 1, model: "gpt-4o",
        choices: [{ index: 0, delta: change, finish_reason: finish }] }) + "\n\n";
      const call = (index, more) => delta({ tool_calls: [{ index, ...more }] });
      await world.script({ headers: { "Content-Type": "text/event-stream" }, body: [
        call(0, { id: "call_1", type: "function", function: { name: "f", arguments: "" } }),
        call(0, { function: { arguments: '{"a"' } }),
        call(1, { id: "call_2", type: "function", function: { name: "g", arguments: "{}" } }),
        call(0, { function: { arguments: ":1}" } }),
        delta({}, "tool_calls"), "data: [DONE]\n\n"].join("") });
      const stream = byok.ai.stream(hello("gpt-4o"));
      const deltas = await gather(stream.deltas());
      assert.ok(deltas.every(({ delta: { toolCalls } }) => toolCalls.length === 1));
      const { toolCalls, finishReason, text } = await stream.final();
      assert.deepEqual(toolCalls, [
        { id: "call_1", type: "function", function: { name: "f", arguments: '{"a":1}' } },
        { id: "call_2", type: "function", function: { name: "g", arguments: "{}" } }]);
      assert.deepEqual([finishReason, text], ["tool_calls", ""]);
    });

    test("embeddings", async () => {
      for (const [model, input, count] of [
        ["text-embedding-3-small", "a", 1], ["gemini-embedding-001", ["a", "b"], 2]]) {
        const { embeddings } = await byok.ai.embed({ model, input });
        assert.deepEqual(embeddings, Array(count).fill([0.5, -1, 2]));
      }
    });

    test("models", async () => {
      const listed = (await byok.ai.models()).models;
      assert.ok(listed.some(({ id, provider, keySource }) =>
        id === "gpt-4o" && provider === "openai" && keySource === "tenant"));
    });

    test("usage", async () => {
      await byok.ai.chat(hello("gpt-4o"));
      const today = new Date().toISOString().slice(0, 10);
      const { usage, from } = await byok.ai.usage({ from: today });
      assert.equal(from, today);
      const line = usage.find(({ model }) => model === "gpt-4o");
      assert.ok(line.requests >= 1 && line.outputTokens >= 7);
      const { usage: none } = await byok.ai.usage({ from: "2001-01-01", to: "2001-01-02" });
      assert.deepEqual(none, []);
    });
  });
}
