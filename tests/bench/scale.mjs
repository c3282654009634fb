// Measures byokd with ever more tenants, a key and a token each, and writes down what came of it:
// scale.md and its curves.
//
//   scale.mjs [--sizes 1000,10000,100000,1000000,10000000] [--seconds 4] [--out FOLDER] [--work FOLDER]
//
// Rows that the report of an earlier run has of other sizes stay in it. Ten million tenants need
// about 20 GB of disk and most of an hour.
import { spawn } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

import { lineChart } from "./chart.mjs";
import * as gateways from "./gateways.mjs";
import { bodies, bodyFile, closedLoop, undisturbed } from "./measure.mjs";
import { memory, run, stopAll } from "./processes.mjs";
import { describeMachine, markdown } from "./report.mjs";

const { values: options } = parseArgs({
  options: {
    sizes: { type: "string", default: "1000,10000,100000,1000000,10000000" },
    seconds: { type: "string", default: "4" },
    out: { type: "string", default: "build/bench/report" },
    work: { type: "string", default: "build/bench" },
  },
});
const seconds = Number(options.seconds);
const loadCore = 1;
// LMDB by itself is measured up to this many: beyond it takes as long as all the rest.
const mostBare = 1_000_000;
// Tokens that the load is made with: those of a sample of the tenants, far apart.
const sampled = 20_000;

const elapsed = async (work) => {
  const begin = process.hrtime.bigint();
  const result = await work();
  return [Number(process.hrtime.bigint() - begin) / 1e9, result];
};
const byok = (daemon, ...words) => run([path.join(gateways.programs, "byok"), "--addr", daemon.admin, ...words]);

// As many tenants, by `byok import`; keeps every so many's token.
async function importTenants(daemon, count, every, tokens) {
  const keys = spawn(path.join(gateways.programs, "bench_upstream"), ["keys", String(count)],
    { stdio: ["ignore", "pipe", "inherit"] });
  const child = spawn(path.join(gateways.programs, "byok"), ["--addr", daemon.admin, "import", "-"],
    { stdio: ["pipe", "pipe", "ignore"] });
  const ended = once(child, "exit");
  const reading = (async () => {
    for await (const line of createInterface({ input: child.stdout })) {
      const [tenant, token] = line.split("\t");
      const number = Number(tenant.slice("tenant-".length));
      if (number % every === 0) tokens.push(`${token} ${number}`);
    }
  })();
  let number = 0;
  let lines = [];
  const send = async () => {
    if (!child.stdin.write(lines.join(""))) await once(child.stdin, "drain");
    lines = [];
  };
  for await (const key of createInterface({ input: keys.stdout })) {
    lines.push(`{"tenant":"tenant-${number++}","provider":"openai","apiKey":"${key}","token":{"name":"bench"}}\n`);
    if (lines.length === 1000) await send();
  }
  await send();
  child.stdin.end();
  const [code] = await ended;
  await reading;
  if (code !== 0) throw new Error(`byok import ended with ${code}`);
}

// What one of the benchmark's programs printed, as JSON.
const measured = (name, ...words) =>
  run([path.join(gateways.programs, name), ...words.map(String)], { core: 0 }).then(JSON.parse);

async function measureSize(size, upstream) {
  const place = path.join(options.work, `scale-${size}`);
  await rm(place, { recursive: true, force: true });
  await mkdir(place, { recursive: true });
  const tenants = { place, tokens: path.join(place, "tokens") };
  const setting = { upstream: upstream.port, workers: 1, core: 0 };
  const row = { size };

  let daemon = await gateways.startByokd(tenants, setting);
  const tokens = [];
  const [importing] = await elapsed(() =>
    importTenants(daemon, size, Math.max(1, Math.floor(size / sampled)), tokens));
  row.imported_per_s = size / importing;
  const status = JSON.parse(await byok(daemon, "--json", "status"));
  row.bytes = status.database.usedBytes;
  await writeFile(tenants.tokens, tokens.join("\n") + "\n");
  await daemon.stop();
  if (size <= mostBare) {
    row.bare_import_per_s = (await measured("bench_import_floor", place, size)).per_s;
  }
  row.open_us = (await measured("bench_open_keys", path.join(place, "state"),
    path.join(place, "root.key"), tenants.tokens, seconds)).ns / 1000;

  const [starting, started] = await elapsed(() => gateways.startByokd(tenants, setting));
  daemon = started;
  row.start_s = starting;
  const body = await bodyFile(place, "chat", bodies.chat);
  const key = await bodyFile(place, "key", JSON.stringify({ apiKey: "sk-bench-" + "7".repeat(51) }));
  const chats = await undisturbed(() =>
    closedLoop(daemon, { connections: 1, seconds, body, core: loadCore }));
  Object.assign(row, { p50_us: chats.p50_us, p99_us: chats.p99_us });
  const many = await undisturbed(() =>
    closedLoop(daemon, { connections: 64, seconds, body, core: loadCore }));
  row.chats_per_s = many.rate;
  row.own_mb = memory(daemon.pid).own;
  for (const connections of [1, 64]) {
    const puts = await undisturbed(() => closedLoop(daemon,
      { connections, seconds, body: key, method: "PUT", target: "/ai/providers/openai", core: loadCore }));
    row[`puts_${connections}`] = puts.rate;
  }
  const [rotating] = await elapsed(() => byok(daemon, "rotate", "--all"));
  row.rotated_per_s = size / rotating;
  const [compacting, compacted] = await elapsed(() => byok(daemon, "--json", "compact"));
  const { bytesBefore, bytesAfter } = JSON.parse(compacted);
  Object.assign(row, { compact_s: compacting, bytes_before: bytesBefore, bytes_after: bytesAfter });
  const backup = path.join(place, "backup");
  const [backingUp] = await elapsed(() => byok(daemon, "backup", backup));
  row.backup_s = backingUp;
  await daemon.stop();
  await rm(place, { recursive: true, force: true });
  return row;
}

const whole = (n) => Math.round(n).toLocaleString("en-US");

// What was aimed at, and what came of it.
function goals(rows) {
  const lines = [];
  const goal = (text, aim, got) => {
    if (got === undefined) return;
    const [sign, bound] = [aim[0], Number(aim.slice(2).replaceAll(",", ""))];
    const met = sign === "≥" ? got >= bound : got <= bound;
    lines.push([text, aim, got >= 100 ? whole(got) : got.toFixed(2), met ? "yes" : "**no**"]);
  };
  const of = (size) => rows.find((row) => row.size === size) ?? {};
  const [least, most] = [rows[0], rows.at(-1)];
  goal("token to opened key, 1,000,000 tenants, µs", "≤ 6", of(1_000_000).open_us);
  goal(`token to opened key, ${whole(most.size)} tenants over ${whole(least.size)}`, "≤ 1.5",
    most === least ? undefined : most.open_us / least.open_us);
  for (const row of rows) {
    const tenants = `${whole(row.size)} tenants`;
    goal(`PUT/s, 64 clients over one, ${tenants}`, "≥ 4", row.puts_64 / row.puts_1);
    goal(`import, ${tenants} a second`, "≥ 10,000", row.imported_per_s);
    goal(`import over bare LMDB, ${tenants}`, "≥ 0.5",
      row.bare_import_per_s && row.imported_per_s / row.bare_import_per_s);
  }
  return `${markdown(["", "goal", "here", "met"], lines)}\n\n`;
}

function report(rows, machine) {
  const columns = [
    ["tenants", (r) => whole(r.size)],
    ["database MB", (r) => (r.bytes / 1e6).toFixed(1)],
    ["bytes a tenant", (r) => whole(r.bytes / r.size)],
    ["start s", (r) => r.start_s.toFixed(2)],
    ["token to opened key µs", (r) => r.open_us.toFixed(1)],
    ["chat p50 µs", (r) => whole(r.p50_us)],
    ["p99 µs", (r) => whole(r.p99_us)],
    ["chats/s", (r) => whole(r.chats_per_s)],
    ["own memory MB", (r) => r.own_mb.toFixed(1)],
    ["import/s", (r) => whole(r.imported_per_s)],
    ["bare LMDB/s", (r) => (r.bare_import_per_s ? whole(r.bare_import_per_s) : "")],
    ["PUT/s, 1 client", (r) => whole(r.puts_1)],
    ["PUT/s, 64", (r) => whole(r.puts_64)],
    ["rotate --all, keys/s", (r) => whole(r.rotated_per_s)],
    ["MB after it", (r) => (r.bytes_before ? (r.bytes_before / 1e6).toFixed(1) : "")],
    ["compacted to MB", (r) => (r.bytes_after ? (r.bytes_after / 1e6).toFixed(1) : "")],
    ["in s", (r) => r.compact_s?.toFixed(2) ?? ""],
    ["backup s", (r) => r.backup_s?.toFixed(2) ?? ""],
  ];
  return `# Scale\n\nMade by \`tests/bench/scale.sh\` on ${new Date().toISOString().slice(0, 10)}: one worker on one core, a tenant with one key and one token each; chats by 1 and by 64 connections, PUTs durable. "Token to opened key" is what a call costs between its head and its provider's, without byokd around it; "bare LMDB" puts records of an import's sizes and does nothing else.\n\n${markdown(["machine", ""], machine)}\n\n${goals(rows)}${markdown(columns.map(([name]) => name), rows.map((row) => columns.map(([, of]) => of(row))))}\n\n![Rates](scale-rates.svg)\n\n![Chats](scale-chats.svg)\n\n![Token to opened key](scale-open.svg)\n`;
}

async function main() {
  options.work = path.resolve(options.work);
  await mkdir(options.work, { recursive: true });
  await mkdir(options.out, { recursive: true });
  const upstream = await gateways.startUpstream(loadCore);
  const file = path.join(options.out, "scale.json");
  let rows = await readFile(file, "utf8").then(JSON.parse).catch(() => []);
  for (const size of options.sizes.split(",").map(Number)) {
    console.error(`measuring ${size} tenants`);
    rows = [...rows.filter((row) => row.size !== size), await measureSize(size, upstream)];
    rows.sort((one, other) => one.size - other.size);
    await writeFile(file, JSON.stringify(rows, null, 1));
  }
  const of = (name) => rows.map((row) => [row.size, row[name]]);
  const text = report(rows, await describeMachine());
  await writeFile(path.join(options.out, "scale.md"), text);
  await writeFile(path.join(options.out, "scale-rates.svg"), lineChart("Writes by number of tenants", "tenants", "a second",
    { import: of("imported_per_s"), "rotate --all": of("rotated_per_s"), "PUT, 64 clients": of("puts_64") }));
  await writeFile(path.join(options.out, "scale-chats.svg"), lineChart("Chats by number of tenants", "tenants", "a second",
    { chats: of("chats_per_s") }));
  await writeFile(path.join(options.out, "scale-open.svg"), lineChart("Token to opened key by number of tenants", "tenants", "µs",
    { "token to opened key": of("open_us") }));
  console.log(text);
}

try {
  await main();
} finally {
  await stopAll();
}
