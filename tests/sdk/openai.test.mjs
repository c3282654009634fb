// OpenAI's SDK: against its own provider, and as the client of the models of all three.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import {
  World, callsTool, eventually, json, keys, needsNode, pixel, refuses, says, weather,
} from "./world.mjs";

const models = { openai: "gpt-4o", anthropic: "claude-sonnet-5", gemini: "gemini-3.8-flash" };
const ask = (text) => [{ role: "user", content: text }];

// What each provider saw of the same thing.
const seen = {
  openai: {
    toolResult: (body) => body.messages.at(-1).content,
    callId: (body) => body.messages.at(-1).tool_call_id,
    schema: (body) => body.response_format.json_schema.schema,
    picture: (body) => body.messages[0].content[1].image_url.url.split(",")[1],
  },
  anthropic: {
    toolResult: (body) => [body.messages.at(-1).content[0].content].flat()
      .map((part) => part.text ?? part).join(""),
    callId: (body) => body.messages.at(-1).content[0].tool_use_id,
    thinking: (body) => body.messages[1].content[0].signature,
    schema: (body) => body.output_config.format.schema,
    picture: (body) => body.messages[0].content[1].source.data,
  },
  gemini: {
    toolResult: (body) => JSON.stringify(body.contents.at(-1).parts[0].functionResponse.response),
    callId: () => "call",
    thinking: (body) => body.contents[1].parts[0].thoughtSignature,
    schema: (body) => body.generationConfig.responseJsonSchema,
    picture: (body) => body.contents[0].parts[1].inlineData.data,
  },
};

for (const [major, node] of [[7, 22], [6, 18]]) {
  const skip = needsNode(node);
  const OpenAI = skip || (await import(`openai-${major}`)).default;

  describe(`openai ${major}`, { skip }, () => {
    let world, client;
    const clientWith = (options) => new OpenAI({
      apiKey: world.token, baseURL: `${world.url}/v1`, maxRetries: 0, ...options });
    before(async () => {
      world = await World.start();
      client = clientWith({});
    });
    after(() => world?.stop());
    beforeEach(() => world.forget());

    for (const [provider, model] of Object.entries(models)) {
      describe(`models of ${provider}`, () => {
        test("chat", async () => {
          const answer = await client.chat.completions.create({ model, messages: ask("hi") });
          assert.equal(answer.choices[0].message.content, "fake reply to: hi");
          assert.equal(answer.choices[0].finish_reason, "stop");
          assert.equal(answer.usage.prompt_tokens, 11);
          assert.equal(answer.usage.completion_tokens, 7);
        });

        test("stream", async () => {
          const stream = await client.chat.completions.create({
            model, messages: ask("hi"), stream: true, stream_options: { include_usage: true } });
          let text = "";
          let usage, reason;
          for await (const chunk of stream) {
            text += chunk.choices[0]?.delta?.content ?? "";
            reason = chunk.choices[0]?.finish_reason ?? reason;
            usage = chunk.usage ?? usage;
          }
          assert.equal(text, "fake reply to: hi");
          assert.equal(reason, "stop");
          assert.equal(usage.total_tokens, 18);
        });

        test("the stream helper", async () => {
          const runner = client.chat.completions.stream({ model, messages: ask("hi") });
          assert.equal(await runner.finalContent(), "fake reply to: hi");
        });

        test("tools, two turns", async () => {
          await world.script(callsTool[provider]("get_weather", { city: "Oslo" }),
            says[provider]("It rains in Oslo."));
          const asked = [];
          const runner = client.chat.completions.runTools({
            model, messages: ask("weather?"),
            tools: [{ type: "function", function: {
              name: "get_weather", parameters: weather, parse: JSON.parse,
              function: async (args) => {
                asked.push(args);
                return "rain";
              },
            } }],
          });
          assert.equal(await runner.finalContent(), "It rains in Oslo.");
          assert.deepEqual(asked, [{ city: "Oslo" }]);
          const [first, second] = await world.calls();
          assert.equal((await world.calls()).length, 2);
          assert.ok(JSON.stringify(first.body).includes("get_weather"));
          assert.match(seen[provider].toolResult(second.body), /rain/);
          if (provider === "anthropic") {
            assert.equal(seen.anthropic.callId(second.body), second.body.messages[1].content.at(-1).id);
          }
          if (provider !== "openai") {
            assert.equal(seen[provider].thinking(second.body), "c2lnbmF0dXJl");
          }
        });

        test("structured output", async () => {
          await world.script(says[provider]('{"city":"Oslo"}'));
          const answer = await client.chat.completions.parse({
            model, messages: ask("where?"),
            response_format: { type: "json_schema",
              json_schema: { name: "place", schema: weather, strict: true } },
          });
          assert.deepEqual(JSON.parse(answer.choices[0].message.content), { city: "Oslo" });
          const [call] = await world.calls();
          assert.deepEqual(seen[provider].schema(call.body).properties, weather.properties);
        });

        test("pictures", async () => {
          await client.chat.completions.create({ model, messages: [{ role: "user", content: [
            { type: "text", text: "what is this?" },
            { type: "image_url", image_url: { url: `data:image/png;base64,${pixel}` } },
          ] }] });
          const [call] = await world.calls();
          assert.equal(seen[provider].picture(call.body), pixel);
        });

        test("errors by class", async () => {
          const classes = {
            400: OpenAI.BadRequestError, 404: OpenAI.NotFoundError,
            422: OpenAI.UnprocessableEntityError, 429: OpenAI.RateLimitError,
            500: OpenAI.InternalServerError, 503: OpenAI.InternalServerError,
          };
          for (const [status, type] of Object.entries(classes)) {
            await world.script(refuses[provider](Number(status), `no: ${status}`));
            await assert.rejects(
              client.chat.completions.create({ model, messages: ask("hi") }), (error) => {
                assert.ok(error instanceof type, `${status}: ${error.constructor.name}`);
                assert.match(error.message, new RegExp(`no: ${status}`));
                return true;
              });
          }
        });

        test("a refused provider key is told from a bad token", async () => {
          await world.putKey(provider, keys[provider].replace(/[-.]0/, "$&-bad-"));
          try {
            await assert.rejects(
              client.chat.completions.create({ model, messages: ask("hi") }), (error) => {
                assert.ok(error instanceof OpenAI.AuthenticationError);
                const own = provider === "openai";
                assert.equal(error.code, own ? "invalid_api_key" : "provider_key_invalid");
                return true;
              });
          } finally {
            await world.putKey(provider, keys[provider]);
          }
        });

        test("a failed call is tried again, as the SDK does it", async () => {
          const retrying = clientWith({ maxRetries: 2 });
          await world.script(refuses[provider](503), refuses[provider](503));
          const answer = await retrying.chat.completions.create({ model, messages: ask("hi") });
          assert.equal(answer.choices[0].message.content, "fake reply to: hi");
          assert.equal((await world.calls()).length, 3);
        });

        test("the wait that a limit asks for is kept", async () => {
          const retrying = clientWith({ maxRetries: 1 });
          await world.script({ ...refuses[provider](429), headers: {
            "Content-Type": "application/json", "Retry-After": "1" } });
          const begun = Date.now();
          await retrying.chat.completions.create({ model, messages: ask("hi") });
          assert.ok(Date.now() - begun >= 900);
        });

        test("an aborted stream ends the provider's", async () => {
          await world.script({ chunks: 1000, gap_ms: 50 });
          const stream = await client.chat.completions.create({
            model, messages: ask("hi"), stream: true });
          for await (const chunk of stream) {
            if (chunk.choices[0]?.delta?.content) break;
          }
          await eventually(async () => (await world.underWay()) === 0);
        });

        test("a stream that breaks off is an error, not an end", async () => {
          await world.script({ chunks: 20, close_after_bytes: 1500 });
          await assert.rejects(async () => {
            const stream = await client.chat.completions.create({
              model, messages: ask("hi"), stream: true });
            for await (const chunk of stream) assert.ok(chunk);
          });
        });
      });
    }

    test("embeddings", async () => {
      for (const model of ["text-embedding-3-small", "gemini-embedding-001"]) {
        const answer = await client.embeddings.create({ model, input: ["a", "b"] });
        assert.deepEqual(answer.data.map((each) => each.embedding), [[0.5, -1, 2], [0.5, -1, 2]]);
      }
    });

    test("models", async () => {
      const ids = [];
      for await (const model of client.models.list()) ids.push(model.id);
      assert.ok(ids.includes("gpt-4o"));
      assert.equal((await client.models.retrieve("gpt-4o")).id, "gpt-4o");
    });

    test("responses", async () => {
      const answer = await client.responses.create({ model: "gpt-4o", input: "hi" });
      assert.equal(answer.output_text, "fake reply to: hi");
      let text = "";
      for await (const event of await client.responses.create({
        model: "gpt-4o", input: "hi", stream: true })) {
        if (event.type === "response.output_text.delta") text += event.delta;
      }
      assert.equal(text, "fake reply to: hi");
      await assert.rejects(client.responses.create({ model: "claude-sonnet-5", input: "hi" }),
        (error) => error instanceof OpenAI.BadRequestError && error.param === "model");
    });

    test("files up and down, and sound", async () => {
      const bytes = Buffer.alloc(200_000, "x");
      await world.script(json({ id: "file-1", object: "file", bytes: bytes.length }),
        { headers: { "Content-Type": "application/octet-stream" },
          body_base64: bytes.toString("base64") },
        { headers: { "Content-Type": "audio/mpeg" }, body_base64: bytes.toString("base64") });
      const file = await client.files.create({
        file: await OpenAI.toFile(bytes, "data.jsonl"), purpose: "batch" });
      assert.equal(file.id, "file-1");
      const content = await client.files.content("file-1");
      assert.ok(bytes.equals(Buffer.from(await content.arrayBuffer())));
      const speech = await client.audio.speech.create({
        model: "gpt-4o-mini-tts", voice: "alloy", input: "hi" });
      assert.ok(bytes.equals(Buffer.from(await speech.arrayBuffer())));
      const [up] = await world.calls();
      assert.match(up.headers["content-type"], /^multipart\/form-data/);
      assert.ok(up.bodySize > bytes.length);
      assert.ok(up.headers.authorization.startsWith("Bearer sha256:"));
    });

    test("what byokd itself refuses", async () => {
      const stranger = clientWith({ apiKey: "byok_nobody" });
      await assert.rejects(stranger.models.list(), (error) =>
        error instanceof OpenAI.AuthenticationError && error.code === "unauthorized");
      await assert.rejects(
        client.chat.completions.create({ model: "nobodys-model", messages: ask("hi") }),
        OpenAI.BadRequestError);
      await assert.rejects(
        client.chat.completions.create({ model: "claude-sonnet-5", messages: ask("hi"),
          modalities: ["audio"], audio: { voice: "alloy", format: "mp3" } }),
        (error) => error instanceof OpenAI.BadRequestError && /modalities|audio/.test(error.param));
      assert.equal((await world.calls()).length, 0);
    });

    test("what cannot be mended by trying again is not tried again", async () => {
      await world.admin("DELETE", "/ai/providers/openai", undefined, "acme");
      try {
        const retrying = clientWith({ maxRetries: 3 });
        const begun = Date.now();
        await assert.rejects(
          retrying.chat.completions.create({ model: "gpt-4o", messages: ask("hi") }),
          (error) => error.status === 422 && error.code === "no_provider_key");
        assert.ok(Date.now() - begun < 400);
      } finally {
        await world.putKey("openai", keys.openai);
      }
    });
  });
}
