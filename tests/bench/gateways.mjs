// The gateways that are measured: each takes a tenant's token and calls the same provider with that
// tenant's key. All know the same tenants.
import { existsSync } from "node:fs";
import { mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { runNginx } from "./nginx.mjs";
import { freePort, listening, run, start, stop } from "./processes.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
export const programs = path.resolve(process.env.BYOK_PROGRAMS ?? path.join(here, "../../build/release/bin"));
const program = (name) => path.join(programs, name);

// A folder with `count` tenants, each with a key and a token, made once: byokd's state, and the two
// lists for the others. The first `translated` of them have keys for all three providers.
export async function makeTenants(folder, count, translated = 1000) {
  const place = path.join(folder, `tenants-${count}`);
  const tenants = {
    count,
    place,
    tokens: path.join(place, "tokens"),
    keys: path.join(place, "keys"),
  };
  if (existsSync(path.join(place, "complete"))) return tenants;
  await rm(place, { recursive: true, force: true });
  await mkdir(place, { recursive: true });
  const keys = (await run([program("bench_upstream"), "keys", String(count)])).trimEnd().split("\n");
  await writeFile(tenants.keys, keys.join("\n") + "\n");
  const byokd = await startByokd({ place, count }, { upstream: 9, workers: 1 });
  const lines = keys.map((apiKey, i) =>
    JSON.stringify({ tenant: `tenant-${i}`, provider: "openai", apiKey, token: { name: "bench" } }));
  for (let i = 0; i < Math.min(translated, count); ++i) {
    for (const provider of ["anthropic", "gemini"]) {
      lines.push(JSON.stringify({ tenant: `tenant-${i}`, provider, apiKey: keys[i] }));
    }
  }
  const answer = await run([program("byok"), "--addr", byokd.admin, "import", "-"],
    { input: lines.join("\n") + "\n" });
  await byokd.stop();
  const tokens = answer.trimEnd().split("\n").map((line) => line.split("\t")[1]);
  if (tokens.length !== count) throw new Error(`${tokens.length} tokens for ${count} tenants`);
  await writeFile(tenants.tokens, tokens.join("\n") + "\n");
  await writeFile(path.join(place, "complete"), "");
  return tenants;
}

async function pairs(tenants) {
  const lines = async (file) => (await readFile(file, "utf8")).trimEnd().split("\n");
  const keys = await lines(tenants.keys);
  return (await lines(tenants.tokens)).map((token, i) => [token, keys[i]]);
}

// A file made of the tenants once.
async function list(tenants, name, line) {
  const file = path.join(tenants.place, name);
  if (!existsSync(file)) {
    await writeFile(file, (await pairs(tenants)).map(([token, key]) => line(token, key)).join(""));
  }
  return file;
}

export async function startUpstream(core) {
  const port = await freePort();
  const child = start([program("bench_upstream"), String(port)], { core });
  await listening(port);
  const counts = async () => (await fetch(`http://127.0.0.1:${port}/stats`)).json();
  return { port, counts, pid: child.pid, stop: () => stop(child) };
}

export async function startByokd(tenants, { upstream, workers, core, origin, ca }) {
  const port = await freePort();
  const socket = path.join(tenants.place, "byokd.sock");
  const base = origin ?? `http://127.0.0.1:${upstream}`;
  const settings = [
    `workers=${workers}`,
    `state_dir=${path.join(tenants.place, "state")}`,
    `root_key=file:${path.join(tenants.place, "root.key")}`,
    `listen=["unix:${socket}","http://127.0.0.1:${port}"]`,
    ...["openai", "anthropic", "gemini"].map((name) => `provider.${name}.base_url=${base}`),
    ...(ca ? [`provider.openai.ca_file=${ca}`] : []),
  ];
  const log = await open(path.join(tenants.place, "byokd.log"), "w");
  const child = start([program("byokd"), ...settings.flatMap((each) => ["-o", each])],
    { core, log: log.fd });
  await log.close();
  await listening(port);
  return {
    name: "byokd", port, pid: child.pid, tokens: tenants.tokens, admin: `unix:${socket}`,
    stop: () => stop(child),
  };
}

export async function startNginx(tenants, { upstream, workers, core, origin, ca }) {
  const port = await freePort();
  const map = await list(tenants, "nginx.map", (token, key) => `"Bearer ${token}" "Bearer ${key}";\n`);
  const server = origin ? new URL(origin).host : `127.0.0.1:${upstream}`;
  const verified = ca && `
      proxy_ssl_trusted_certificate ${ca};
      proxy_ssl_verify on;
      proxy_ssl_name localhost;
      proxy_ssl_server_name on;`;
  const child = await runNginx(tenants.place, { port, workers, core, http: `
  client_body_buffer_size 256k;
  client_max_body_size 32m;
  map_hash_max_size 1048576;
  map_hash_bucket_size 512;
  map $http_authorization $provider_key { default ""; include ${map}; }
  upstream provider { server ${server}; keepalive 2048; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096 ${workers > 1 ? "reuseport" : ""};
    location / {
      if ($provider_key = "") { return 401; }
      proxy_pass ${origin ? "https" : "http"}://provider;${verified ?? ""}
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Authorization $provider_key;
      proxy_buffering off;
      proxy_read_timeout 300s;
    }
  }` });
  return { name: "nginx", port, pid: child.pid, tokens: tenants.tokens, stop: () => stop(child) };
}

export async function startHaproxy(tenants, { upstream, workers, core, origin, ca }) {
  const port = await freePort();
  const map = await list(tenants, "haproxy.map", (token, key) => `${token} ${key}\n`);
  const file = path.join(tenants.place, "haproxy.cfg");
  const server = origin
    ? `${new URL(origin).host} ssl verify required ca-file ${ca} sni str(localhost) verifyhost localhost`
    : `127.0.0.1:${upstream}`;
  await writeFile(file, `
global
  maxconn 8000
  nbthread ${workers}
defaults
  mode http
  timeout connect 5s
  timeout client 300s
  timeout server 300s
  timeout http-keep-alive 75s
  http-reuse always
  option http-no-delay
frontend callers
  bind 127.0.0.1:${port} backlog 4096
  http-request set-var(txn.key) req.hdr(authorization),word(2,' '),map_str(${map})
  http-request deny deny_status 401 unless { var(txn.key) -m found }
  http-request set-header Authorization "Bearer %[var(txn.key)]"
  default_backend provider
backend provider
  server provider ${server} pool-max-conn 4096 pool-purge-delay 60s
`);
  const child = start(["haproxy", "-f", file], { core });
  await listening(port);
  return { name: "HAProxy", port, pid: child.pid, tokens: tenants.tokens, stop: () => stop(child) };
}

// Hands bytes on and looks at none: what the system's part of every gateway's figures is. It is given
// the provider's own keys, and has one thread.
export async function startRelay(tenants, { upstream, workers, core }) {
  if (workers > 1) return undefined;
  const port = await freePort();
  const child = start([program("bench_relay"), String(port), String(upstream)], { core });
  await listening(port);
  return { name: "bare relay", port, pid: child.pid, tokens: tenants.keys, stop: () => stop(child) };
}

// A gateway for LLMs that keeps no keys: it is given the provider's own.
export async function startPortkey(tenants, { upstream, core }) {
  const server = path.join(here, "node_modules/@portkey-ai/gateway/build/start-server.js");
  if (!existsSync(server)) return undefined;
  const port = await freePort();
  const child = start([process.execPath, server, `--port=${port}`, "--headless"],
    { core, environment: { NODE_ENV: "production" } });
  await listening(port);
  return {
    name: "Portkey", port, pid: child.pid, tokens: tenants.keys,
    fields: ["x-portkey-provider: openai", `x-portkey-custom-host: http://127.0.0.1:${upstream}/v1`],
    stop: () => stop(child),
  };
}
