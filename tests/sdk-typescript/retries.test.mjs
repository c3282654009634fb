// What is tried again, and what is made of it.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { World, refuses } from "../sdk/world.mjs";
import { hello, kinds, serve } from "./installed.mjs";

for (const [kind, { Byok, ByokAbortError }] of kinds) {
  describe(kind, () => {
    let world;
    const client = (options) => new Byok({ apiKey: world.token, baseUrl: world.url, ...options });
    before(async () => {
      world = await World.start();
    });
    after(() => world?.stop());
    beforeEach(() => world.forget());

    // Calls a server that answers as `handler` does.
    async function against(handler, call) {
      const server = await serve(handler);
      try {
        return await call(client({ baseUrl: server.url, maxRetries: 2 }));
      } finally {
        await server.stop();
      }
    }

    test("what fails for a while is tried again, after the wait that is asked for", async () => {
      await world.script(refuses.openai(500),
        { ...refuses.openai(429), headers: {
          "Content-Type": "application/json", "Retry-After": "1" } });
      const begun = Date.now();
      const { text } = await client().ai.chat(hello("gpt-4o"));
      assert.equal(text, "fake reply to: Hello");
      assert.ok(Date.now() - begun >= 1300);
      assert.equal((await world.calls()).length, 3);
    });

    test("and given up after so many tries", async () => {
      await world.script({ ...refuses.openai(500), times: 9 });
      await assert.rejects(client({ maxRetries: 1 }).ai.chat(hello("gpt-4o")), { code: "PROVIDER_ERROR" });
      assert.equal((await world.calls()).length, 2);
    });

    const lost = (answer) => answer.socket.destroy();
    const cut = (answer) => {
      answer.writeHead(200, { "Content-Length": 100 }).write("{");
      answer.socket.end();
    };

    // Each answer of `answers` in turn, and the last one over and over; how many were asked for.
    async function tries(answers, call = (it) => it.ai.models()) {
      let asked = 0;
      const outcome = await against((_, answer) => {
        const [status, headers = {}] = answers[Math.min(asked++, answers.length - 1)];
        if (status === 0) return lost(answer);
        if (status === "cut") return cut(answer);
        answer.writeHead(status, headers);
        answer.end(status === 200 ? '{"models":[]}' : '{"error":"X","message":"y"}');
      }, (it) => call(it).catch((error) => error));
      return [asked, outcome];
    }
    const soon = { "Retry-After-Ms": "1" };
    const create = (it) => it.admin.createToken("acme");

    test("which answers are tried again", async () => {
      const cases = [
        ["a broken connection", [[0], [200]], undefined, 2],
        ["an answer that breaks off", [["cut"], [200]], undefined, 2],
        ["408", [[408, soon], [200]], undefined, 2],
        ["409", [[409, soon], [200]], undefined, 1],
        ["429", [[429, soon], [200]], undefined, 2],
        ["422", [[422, soon], [200]], undefined, 1],
        ["500", [[500, soon], [200]], undefined, 2],
        ["500 that says no", [[500, { ...soon, "X-Should-Retry": "false" }], [200]], undefined, 1],
        ["409 that says yes", [[409, { ...soon, "X-Should-Retry": "true" }], [200]], undefined, 2],
        ["a date that has passed", [[503, { "Retry-After": new Date(0).toUTCString() }], [200]], undefined, 2],
        ["a wait that is too long", [[429, { "Retry-After": "3600" }], [200]], undefined, 1],
        ["all of them", [[500, soon]], undefined, 3],
        ["making a token, 503", [[503, soon], [200]], create, 2],
        ["making a token, 500", [[500, soon], [200]], create, 1],
        ["making a token, a broken connection", [[0], [200]], create, 1],
        ["making a token, an answer that breaks off", [["cut"], [200]], create, 1],
      ];
      for (const [name, answers, call, expected] of cases) {
        const [asked] = await tries(answers, call);
        assert.equal(asked, expected, name);
      }
      const [, error] = await tries([[429, { "Retry-After": "3600" }]]);
      assert.equal(error.retryAfter, 3600);
    });

    // A server that deletes, and loses the first answer as `lose` does.
    async function deletesUnheard(lose, call) {
      let asked = 0;
      return against((_, answer) => {
        if (asked++ === 0) return lose(answer);
        const code = call.gone ?? "NOT_FOUND";
        answer.writeHead(404).end(JSON.stringify({ error: code, message: "there is none" }));
      }, call.made);
    }
    const deletions = [
      { gone: "KEY_NOT_FOUND", made: (it) => it.ai.deleteProviderKey("openai"),
        done: { provider: "openai", deleted: true } },
      { gone: "TENANT_NOT_FOUND", made: (it) => it.admin.deleteTenant("acme"),
        done: { id: "acme", deleted: true } },
      { gone: "NOT_FOUND", made: (it) => it.admin.revokeToken("tok_1"),
        done: { id: "tok_1", revoked: true } },
    ];

    test("what a try before has deleted unheard is deleted", async () => {
      const proxy = (answer) => answer.writeHead(502, { "Retry-After-Ms": "1" }).end("<html>");
      for (const each of deletions) {
        for (const lose of [lost, cut, proxy]) {
          assert.deepEqual(await deletesUnheard(lose, each), each.done);
        }
      }
    });

    test("and nothing else is", async () => {
      const refused = (answer) => answer.writeHead(503, { "Retry-After-Ms": "1" })
        .end('{"error":"OVERLOADED","message":"later"}');
      for (const each of deletions) {
        // byokd said that it did not do it.
        await assert.rejects(deletesUnheard(refused, each), { code: each.gone });
        // Another thing is missing.
        await assert.rejects(deletesUnheard(lost, { ...each, gone: "ELSEWHERE" }), { code: "ELSEWHERE" });
      }
      await assert.rejects(deletesUnheard(lost, { made: (it) => it.ai.models() }), { code: "NOT_FOUND" });
      // The first try.
      const [{ made }] = deletions;
      await assert.rejects(against((_, answer) => answer.writeHead(404)
        .end('{"error":"KEY_NOT_FOUND","message":"there is none"}'), made), { code: "KEY_NOT_FOUND" });
    });

    test("a connection that never came about has deleted nothing", async () => {
      let tried = 0;
      const it = client({ maxRetries: 1, fetch: async () => {
        if (tried++ === 0) {
          const cause = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
          throw new TypeError("fetch failed", { cause });
        }
        return new Response('{"error":"KEY_NOT_FOUND","message":"there is none"}', { status: 404 });
      } });
      await assert.rejects(it.ai.deleteProviderKey("openai"), { code: "KEY_NOT_FOUND" });
      assert.equal(tried, 2);
    });

    test("a wait for another try can be given up", async () => {
      const controller = new AbortController();
      const answered = against((_, answer) => {
        answer.writeHead(503, { "Retry-After": "50" }).end('{"error":"X","message":"y"}');
        answer.on("close", () => controller.abort());
      }, (it) => it.ai.models({ signal: controller.signal }));
      await assert.rejects(answered, ByokAbortError);
    });
  });
}
