// Anthropic's SDK against its own provider.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import {
  World, callsTool, eventually, json, keys, needsNode, pixel, refuses, says, weather,
} from "./world.mjs";

const model = "claude-sonnet-5";
const ask = (text) => ({ model, max_tokens: 100, messages: [{ role: "user", content: text }] });

for (const [major, node] of [[1, 20], [0, 18]]) {
  const skip = needsNode(node);
  const Anthropic = skip || (await import(`anthropic-${major}`)).default;

  describe(`@anthropic-ai/sdk ${major}`, { skip }, () => {
    let world, client;
    const clientWith = (options) => new Anthropic({
      apiKey: world.token, baseURL: world.url, maxRetries: 0, ...options });
    before(async () => {
      world = await World.start();
      client = clientWith({});
    });
    after(() => world?.stop());
    beforeEach(() => world.forget());

    test("message", async () => {
      const answer = await client.messages.create(ask("hi"));
      assert.equal(answer.content[0].text, "fake reply to: hi");
      assert.equal(answer.usage.output_tokens, 7);
      const [call] = await world.calls();
      assert.equal(call.target, "/v1/messages");
      assert.ok(call.headers["x-api-key"].startsWith("sha256:"));
      assert.equal(call.headers.authorization, undefined);
      assert.ok(call.headers["anthropic-version"]);
    });

    test("stream", async () => {
      let text = "";
      for await (const event of await client.messages.create({ ...ask("hi"), stream: true })) {
        if (event.type === "content_block_delta") text += event.delta.text;
      }
      assert.equal(text, "fake reply to: hi");
      const final = await client.messages.stream(ask("hi")).finalMessage();
      assert.equal(final.content[0].text, "fake reply to: hi");
      assert.equal(final.usage.output_tokens, 7);
    });

    test("tools, two turns", async () => {
      const tools = [{ name: "get_weather", input_schema: weather }];
      await world.script(callsTool.anthropic("get_weather", { city: "Oslo" }),
        says.anthropic("It rains in Oslo."));
      const first = await client.messages.create({ ...ask("weather?"), tools });
      assert.equal(first.stop_reason, "tool_use");
      const called = first.content.find((block) => block.type === "tool_use");
      assert.deepEqual(called.input, { city: "Oslo" });
      const second = await client.messages.create({ ...ask("weather?"), tools, messages: [
        ...ask("weather?").messages,
        { role: "assistant", content: first.content },
        { role: "user", content: [
          { type: "tool_result", tool_use_id: called.id, content: "rain" }] },
      ] });
      assert.equal(second.content[0].text, "It rains in Oslo.");
      const calls = await world.calls();
      assert.equal(calls[1].body.messages[1].content[0].signature, "c2lnbmF0dXJl");
    });

    test("structured output", async () => {
      await world.script(says.anthropic('{"city":"Oslo"}'));
      const format = { type: "json_schema", schema: weather };
      const answer = await client.messages.create({ ...ask("where?"), output_config: { format } });
      assert.deepEqual(JSON.parse(answer.content[0].text), { city: "Oslo" });
      assert.deepEqual((await world.calls())[0].body.output_config.format.schema, weather);
    });

    test("pictures", async () => {
      const source = { type: "base64", media_type: "image/png", data: pixel };
      await client.messages.create({ ...ask(""), messages: [
        { role: "user", content: [{ type: "image", source }] }] });
      assert.equal((await world.calls())[0].body.messages[0].content[0].source.data, pixel);
    });

    test("models and counting", async () => {
      const ids = [];
      for await (const each of client.models.list()) ids.push(each.id);
      assert.ok(ids.length > 0 && ids.every((id) => id.startsWith("claude-")), ids.join());
      assert.equal((await client.models.retrieve(ids[0])).id, ids[0]);
      const { input_tokens } = await client.messages.countTokens({
        model, messages: ask("hi").messages });
      assert.equal(input_tokens, 11);
    });

    test("errors by class", async () => {
      const classes = {
        400: Anthropic.BadRequestError, 403: Anthropic.PermissionDeniedError,
        404: Anthropic.NotFoundError, 422: Anthropic.UnprocessableEntityError,
        429: Anthropic.RateLimitError, 500: Anthropic.InternalServerError,
        529: Anthropic.InternalServerError,
      };
      for (const [status, type] of Object.entries(classes)) {
        await world.script(refuses.anthropic(Number(status), `no: ${status}`));
        await assert.rejects(client.messages.create(ask("hi")), (error) => {
          assert.ok(error instanceof type, `${status}: ${error.constructor.name}`);
          assert.match(error.message, new RegExp(`no: ${status}`));
          return true;
        });
      }
    });

    test("what byokd itself refuses", async () => {
      const stranger = clientWith({ apiKey: "byok_nobody", maxRetries: 2 });
      await assert.rejects(stranger.messages.create(ask("hi")), Anthropic.AuthenticationError);
      await world.admin("DELETE", "/ai/providers/anthropic", undefined, "acme");
      try {
        await assert.rejects(clientWith({ maxRetries: 2 }).messages.create(ask("hi")),
          (error) => error instanceof Anthropic.UnprocessableEntityError &&
            error.error?.type === "error" && /store/.test(error.message));
      } finally {
        await world.putKey("anthropic", keys.anthropic);
      }
      assert.equal((await world.calls()).length, 0);
    });

    test("a failed call is tried again, and the wait that a limit asks for is kept", async () => {
      await world.script(refuses.anthropic(529),
        { ...refuses.anthropic(429), headers: {
          "Content-Type": "application/json", "Retry-After": "1" } });
      const begun = Date.now();
      const answer = await clientWith({ maxRetries: 2 }).messages.create(ask("hi"));
      assert.equal(answer.content[0].text, "fake reply to: hi");
      assert.ok(Date.now() - begun >= 900);
      assert.equal((await world.calls()).length, 3);
    });

    test("an aborted stream ends the provider's", async () => {
      await world.script({ chunks: 1000, gap_ms: 50 });
      const stream = await client.messages.create({ ...ask("hi"), stream: true });
      for await (const event of stream) {
        if (event.type === "content_block_delta") break;
      }
      await eventually(async () => (await world.underWay()) === 0);
    });

    test("a stream that fails is an error, not an end", async () => {
      await world.script({ chunks: 20, close_after_bytes: 1500 }, {
        headers: { "Content-Type": "text/event-stream" },
        body: 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error",' +
          '"message":"busy"}}\n\n' });
      for (const what of ["broken off", "failed"]) {
        await assert.rejects(async () => {
          for await (const event of await client.messages.create({ ...ask("hi"), stream: true })) {
            assert.ok(event);
          }
        }, what);
      }
    });

    test("files go up", async () => {
      const bytes = Buffer.alloc(200_000, "x");
      await world.script(json({ id: "file_1", type: "file", filename: "a.txt" }));
      const file = await client.beta.files.upload({
        file: await Anthropic.toFile(bytes, "a.txt", { type: "text/plain" }) });
      assert.equal(file.id, "file_1");
      const [call] = await world.calls();
      assert.match(call.headers["content-type"], /^multipart\/form-data/);
      assert.ok(call.bodySize > bytes.length);
    });
  });
}
