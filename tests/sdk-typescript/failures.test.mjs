// Failures, each told from the others.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { World, eventually, json } from "../sdk/world.mjs";
import { gather, hello, kinds, serve } from "./installed.mjs";

for (const [kind, sdk] of kinds) {
  const { Byok, ByokAbortError, ByokApiError, ByokConnectionError, ByokError, ByokTimeoutError } = sdk;

  describe(kind, () => {
    let world, byok;
    const client = (options) => new Byok({ apiKey: world.token, baseUrl: world.url, ...options });
    before(async () => {
      world = await World.start();
      byok = client({ maxRetries: 0 });
    });
    after(() => world?.stop());
    beforeEach(() => world.forget());

    // Calls a server that answers as `handler` does.
    async function against(handler, call, options = {}) {
      const server = await serve(handler);
      try {
        return await call(client({ baseUrl: server.url, maxRetries: 0, ...options }));
      } finally {
        await server.stop();
      }
    }
    const isA = (type) => (error) => {
      assert.ok(error instanceof type && error instanceof ByokError, error.stack);
      return true;
    };

    test("an error of byokd's has code, status and request id", async () => {
      const stranger = client({ apiKey: "byok_nobody" });
      await assert.rejects(stranger.ai.models(), (error) => {
        assert.ok(isA(ByokApiError)(error));
        assert.deepEqual([error.code, error.status], ["UNAUTHORIZED", 401]);
        assert.match(error.requestId, /^req_/);
        assert.match(error.message, /token/);
        return true;
      });
    });

    test("a stream fails like a chat where it does not begin", async () => {
      const stream = byok.ai.stream(hello("nobodys-model"));
      await assert.rejects(gather(stream), { code: "UNKNOWN_MODEL", status: 400 });
      await assert.rejects(stream.final(), { code: "UNKNOWN_MODEL" });
    });

    test("what is not byokd's answer is told", async () => {
      for (const [status, body] of [[502, "<html>Bad Gateway"], [200, "<html>Welcome"], [404, '{"a":1}']]) {
        const call = against((_, answer) => answer.writeHead(status).end(body), (it) => it.ai.models());
        await assert.rejects(call, { name: "ByokApiError", code: "UNEXPECTED_ANSWER", status });
      }
    });

    test("nobody follows a redirect with a key", async () => {
      let calls = 0;
      await assert.rejects(against((_, answer) => {
        ++calls;
        answer.writeHead(307, { Location: "/elsewhere" }).end();
      }, (it) => it.ai.setProviderKey("openai", "sk-a-key-of-some-length")), isA(ByokApiError));
      assert.equal(calls, 1);
    });

    test("nobody there", async () => {
      const server = await serve(() => {});
      await server.stop();
      await assert.rejects(client({ baseUrl: server.url, maxRetries: 0 }).ai.models(), (error) => {
        assert.ok(isA(ByokConnectionError)(error));
        assert.match(error.message, /ECONNREFUSED/);
        return true;
      });
    });

    test("a connection that breaks", async () => {
      await assert.rejects(against((request) => request.socket.destroy(), (it) => it.ai.models()),
        isA(ByokConnectionError));
      await assert.rejects(against((_, answer) => {
        answer.writeHead(200, { "Content-Length": 100 }).write("{");
        answer.socket.end();
      }, (it) => it.ai.models()), isA(ByokConnectionError));
    });

    test("no answer in time", async () => {
      await world.script({ delay_ms: 60_000 });
      await assert.rejects(byok.ai.chat(hello("gpt-4o"), { timeout: 50 }), isA(ByokTimeoutError));
      await eventually(async () => (await world.underWay()) === 0);
      await world.script({ delay_ms: 60_000 });
      await assert.rejects(byok.ai.chat(hello("gpt-4o"), { signal: AbortSignal.timeout(50) }),
        { name: "TimeoutError" });
    });

    test("a stream that says nothing for too long", async () => {
      await world.script({ chunks: 20, stall_after_bytes: 1500 });
      const stream = byok.ai.stream(hello("gpt-4o"), { timeout: 1000 });
      await assert.rejects(gather(stream), isA(ByokTimeoutError));
      await assert.rejects(stream.final(), isA(ByokTimeoutError));
      await eventually(async () => (await world.underWay()) === 0);
    });

    test("a slow stream is no silent one", async () => {
      await world.script({ chunks: 8, gap_ms: 400 });
      const { text } = await byok.ai.stream(hello("gpt-4o"), { timeout: 2000 }).final();
      assert.ok(text.length > 0);
    });

    test("nor is one that its reader is slow with", async () => {
      const texts = [];
      for await (const text of byok.ai.stream(hello("gpt-4o"), { timeout: 1000 })) {
        if (texts.push(text) === 1) await new Promise((later) => setTimeout(later, 1500));
      }
      assert.equal(texts.join(""), "fake reply to: Hello");
    });

    test("a call that is given up, before and while it waits", async () => {
      const gone = AbortSignal.abort();
      await assert.rejects(byok.ai.chat(hello("gpt-4o"), { signal: gone }),
        (error) => isA(ByokAbortError)(error) && error.name === "AbortError");
      assert.equal((await world.calls()).length, 0);

      await world.script({ delay_ms: 60_000 });
      const controller = new AbortController();
      const call = byok.ai.chat(hello("gpt-4o"), { signal: controller.signal });
      await eventually(async () => (await world.underWay()) === 1);
      controller.abort("changed my mind");
      await assert.rejects(call, (error) => isA(ByokAbortError)(error) && error.cause === "changed my mind");
      await eventually(async () => (await world.underWay()) === 0);
    });

    test("a stream that is left, or given up, ends the provider's", async () => {
      await world.script({ chunks: 1000, gap_ms: 50 });
      const left = byok.ai.stream(hello("gpt-4o"));
      for await (const piece of left) {
        assert.ok(piece);
        break;
      }
      await assert.rejects(left.final(), isA(ByokAbortError));
      await eventually(async () => (await world.underWay()) === 0);

      await world.script({ chunks: 1000, gap_ms: 50 });
      const controller = new AbortController();
      await assert.rejects(async () => {
        for await (const piece of byok.ai.stream(hello("gpt-4o"), { signal: controller.signal })) {
          if (piece) controller.abort();
        }
      }, isA(ByokAbortError));
      await eventually(async () => (await world.underWay()) === 0);
    });

    test("a stream that the provider breaks off is an error, not an end", async () => {
      await world.script({ chunks: 20, close_after_bytes: 1500 });
      const stream = byok.ai.stream(hello("gpt-4o"));
      const pieces = [];
      await assert.rejects(async () => {
        for await (const piece of stream) pieces.push(piece);
      }, (error) => {
        assert.deepEqual([error.code, error.status], ["PROVIDER_ERROR", 200]);
        assert.match(error.requestId, /^req_/);
        return isA(ByokApiError)(error);
      });
      assert.ok(pieces.length > 0);
    });

    const delta = 'data: {"delta":{"content":"Hel"},"done":false}\n\n';

    test("giving up does not depend on fetch", { timeout: 20_000 }, async () => {
      const controller = new AbortController();
      // It ends nothing when the signal comes.
      const body = () => new ReadableStream({ start: (stream) => stream.enqueue(Buffer.from(delta)) });
      const it = client({ fetch: async () => new Response(body()) });
      for (const [options, type] of [
        [{ signal: controller.signal }, ByokAbortError], [{ timeout: 50 }, ByokTimeoutError]]) {
        await assert.rejects(async () => {
          for await (const piece of it.ai.stream(hello("gpt-4o"), options)) {
            assert.equal(piece, "Hel");
            controller.abort();
          }
        }, isA(type));
      }
    });

    test("a stream that ends early, well or not, is broken off", async () => {
      for (const end of [(answer) => answer.end(), (answer) => answer.socket.destroy()]) {
        const pieces = [];
        await assert.rejects(against(async (_, answer) => {
          answer.writeHead(200, { "Content-Type": "text/event-stream" });
          answer.write(delta, () => end(answer));
        }, async (it) => {
          for await (const piece of it.ai.stream(hello("gpt-4o"))) pieces.push(piece);
        }), isA(ByokConnectionError));
        assert.deepEqual(pieces, ["Hel"]);
      }
    });

    test("events may be cut anywhere", async () => {
      const end = JSON.stringify({ done: true, logId: "req_1", provider: "openai", model: "m",
        keySource: "tenant", inputTokens: 1, outputTokens: 2, finishReason: "stop" });
      const bytes = Buffer.from(
        `: keep-alive\n\n${delta}data: {"delta":{"content":"lö €"},"done":false}\r\n\r\ndata: ${end}\n\n`);
      const body = () => new ReadableStream({ start(stream) {
        for (const byte of bytes) stream.enqueue(Uint8Array.of(byte));
        stream.close();
      } });
      const it = client({ fetch: async () => new Response(body()) });
      const { text } = await it.ai.stream(hello("gpt-4o")).final();
      assert.equal(text, "Hellö €");
    });

    test("options that cannot be right are refused", () => {
      for (const options of [
        {}, { apiKey: undefined }, { apiKey: "" }, { apiKey: "two words" },
        { apiKey: undefined, baseUrl: "unix:/x" },
        { baseUrl: "unix:/x", tenant: undefined }, { baseUrl: "unix:/x", tenant: "" },
        { apiKey: "t", baseUrl: "ftp://x" }, { apiKey: "t", baseUrl: "nowhere" },
        { apiKey: "t", baseUrl: "https://user:secret@x" },
        { baseUrl: "unix:" }, { baseUrl: "unix: " },
        ...[0, -1, NaN, null, "100"].map((timeout) => ({ apiKey: "t", timeout })),
        ...[-1, 0.5, NaN, -Infinity, null, "2"].map((maxRetries) => ({ apiKey: "t", maxRetries })),
      ]) {
        assert.throws(() => new Byok(options), TypeError, JSON.stringify(options));
      }
      assert.ok(new Byok({ apiKey: " token\n" }));
      assert.ok(new Byok({ apiKey: "t", timeout: Infinity, maxRetries: Infinity }));
      assert.ok(new Byok({ apiKey: "t", timeout: undefined, maxRetries: undefined }));
    });

    test("and those of a call, before anything is sent", async () => {
      let asked = 0;
      await against((_, answer) => {
        ++asked;
        answer.writeHead(503, { "Retry-After-Ms": "1" }).end('{"error":"X","message":"y"}');
      }, async (it) => {
        for (const options of [
          ...[0, -1, NaN, null, "100"].map((timeout) => ({ timeout })),
          ...[-1, 0.5, NaN, null, "2"].map((maxRetries) => ({ maxRetries })),
        ]) {
          // One that tried for ever would not let the test end.
          const signal = AbortSignal.timeout(2000);
          const all = { ...options, signal };
          await assert.rejects(it.ai.models(all), TypeError, JSON.stringify(options));
          await assert.rejects(gather(it.ai.stream(hello("m"), all)), TypeError);
          await assert.rejects(gather(it.admin.listTenants(all)), TypeError);
        }
      });
      assert.equal(asked, 0);
    });

    test("an answer's own refusal is not lost to a signal that is never used", async () => {
      const { signal } = new AbortController();
      await world.script(json({ error: { message: "no" } }, 400));
      await assert.rejects(byok.ai.chat(hello("gpt-4o"), { signal }), { code: "BAD_REQUEST" });
    });
  });
}
