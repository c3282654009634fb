// Tenants and tokens, by the Unix socket and by an operator's token.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { World, eventually, keys } from "../sdk/world.mjs";
import { gather, hello, kinds } from "./installed.mjs";

for (const [kind, { Byok, ByokAbortError, ByokConnectionError, ByokTimeoutError }] of kinds) {
  describe(kind, () => {
    let world, operator;
    const peer = (options) => new Byok({ baseUrl: `unix:${world.socket}`, maxRetries: 0, ...options });
    before(async () => {
      world = await World.start(["public_url=https://keys.example.com", "ui=true"]);
      operator = peer();
    });
    after(() => world?.stop());

    test("a tenant from its making to its end", async () => {
      const made = await operator.admin.createTenant("globex", { globalFallback: false });
      assert.deepEqual([made.id, made.globalFallback], ["globex", false]);
      await assert.rejects(operator.admin.createTenant("globex"), { code: "TENANT_EXISTS", status: 409 });
      const changed = await operator.admin.updateTenant("globex", { globalFallback: true });
      assert.equal(changed.globalFallback, true);

      const order = { name: "backend", scope: "full", expires: "30d" };
      const { id, token, expiresAt } = await operator.admin.createToken("globex", order);
      assert.match(token, /^byok_/);
      assert.ok(Date.parse(expiresAt) > Date.now());
      const globex = new Byok({ apiKey: token, baseUrl: world.url });
      await globex.ai.setProviderKey("openai", keys.openai);
      const details = await operator.admin.getTenant("globex");
      assert.equal(details.providers[0].provider, "openai");
      assert.deepEqual((await operator.admin.listTokens("globex")).tokens.map((each) => each.id), [id]);

      assert.deepEqual(await operator.admin.revokeToken(id), { id, revoked: true });
      await assert.rejects(globex.ai.listProviderKeys(), { code: "UNAUTHORIZED" });
      await assert.rejects(operator.admin.revokeToken(id), { code: "NOT_FOUND" });
      assert.deepEqual(await operator.admin.deleteTenant("globex"), { id: "globex", deleted: true });
      await assert.rejects(operator.admin.getTenant("globex"), { code: "TENANT_NOT_FOUND" });
    });

    test("a link from its making to its end", async () => {
      const { links } = operator.admin;
      const order = { tenant: "acme", provider: "openai", expires: "2h", note: "for chats" };
      const made = await links.create(order);
      assert.match(made.url, /^https:\/\/keys\.example\.com\/settings#link=byoklink_\w{49}$/);
      const { url, ...told } = made;
      const open = { ...told, state: "open", usedAt: null, revokedAt: null };
      assert.deepEqual(await links.get(made.id), open);
      assert.deepEqual(await gather(links.list({ tenant: "acme" })), [open]);
      assert.deepEqual(await gather(links.list({ tenant: "default" })), []);
      assert.deepEqual(await gather(links.list()), [open]);

      const handOver = () => fetch(`${world.url}/links`, { method: "POST",
        headers: { Authorization: `Bearer ${url.split("#link=")[1]}` },
        body: JSON.stringify({ apiKey: keys.openai }) });
      assert.equal((await handOver()).status, 200);
      assert.equal((await links.get(made.id)).state, "used");
      await assert.rejects(links.revoke(made.id), { code: "LINK_USED", status: 410 });

      const { id } = await links.create(order);
      assert.deepEqual(await links.revoke(id), { id, revoked: true });
      assert.equal((await links.get(id)).state, "revoked");
      await assert.rejects(links.get("lnk_nobody"), { code: "NOT_FOUND" });
      await assert.rejects(links.create({ ...order, tenant: "nobody" }), { code: "TENANT_NOT_FOUND" });
      await assert.rejects(gather(links.list({ tenant: "nobody" })), { code: "TENANT_NOT_FOUND" });
    });

    test("tenants are listed, page by page", async () => {
      const ids = Array.from({ length: 1001 }, (_, i) => `many-${String(i).padStart(4, "0")}`);
      const lines = ids.map((tenant) => JSON.stringify({ tenant })).join("\n");
      const { token } = await operator.admin.createToken("default", { scope: "admin" });
      const imported = await fetch(`${world.url}/admin/import`, { method: "POST", body: lines,
        headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/x-ndjson" } });
      await imported.text();
      const byToken = new Byok({ apiKey: token, baseUrl: world.url });
      for (const client of [operator, byToken]) {
        const listed = (await gather(client.admin.listTenants())).map(({ id }) => id);
        assert.deepEqual(listed.filter((id) => id.startsWith("many-")), ids);
      }
    });

    test("a tenant's token is no operator's", async () => {
      const tenant = new Byok({ apiKey: world.token, baseUrl: world.url });
      await assert.rejects(tenant.admin.createTenant("mine"), { code: "FORBIDDEN", status: 403 });
    });

    test("the operator acts for a tenant, and a token on the socket is its holder's", async () => {
      for (const client of [peer({ tenant: "acme" }), peer({ apiKey: world.token })]) {
        assert.equal((await client.ai.listProviderKeys()).providers.length, 3);
        const stream = client.ai.stream(hello("gpt-4o"));
        assert.equal((await gather(stream)).join(""), "fake reply to: Hello");
        assert.equal((await stream.final()).keySource, "tenant");
      }
      assert.equal((await operator.ai.listProviderKeys()).providers.length, 0);
    });

    test("on the socket, too, failures are told apart", async () => {
      const acme = peer({ tenant: "acme" });
      await assert.rejects(peer({ baseUrl: "unix:/nowhere/socket" }).ai.models(),
        (error) => error instanceof ByokConnectionError && /ENOENT/.test(error.message));
      await world.script({ delay_ms: 60_000 });
      await assert.rejects(acme.ai.chat(hello("gpt-4o"), { timeout: 50 }),
        (error) => error instanceof ByokTimeoutError);
      await world.forget();
      await world.script({ chunks: 1000, gap_ms: 50 });
      const controller = new AbortController();
      await assert.rejects(async () => {
        for await (const piece of acme.ai.stream(hello("gpt-4o"), { signal: controller.signal })) {
          if (piece) controller.abort();
        }
      }, (error) => error instanceof ByokAbortError);
      await world.script({ chunks: 1000, gap_ms: 50 });
      for await (const piece of acme.ai.stream(hello("gpt-4o"))) {
        assert.ok(piece);
        break;
      }
      await eventually(async () => (await world.underWay()) === 0);
    });
  });
}
