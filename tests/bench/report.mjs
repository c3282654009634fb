// The figures as Markdown: what was measured, on what, and whether the goals are met.
import { readFile } from "node:fs/promises";
import os from "node:os";

import { programs } from "./gateways.mjs";
import { median } from "./measure.mjs";
import { run } from "./processes.mjs";

const first = async (...command) => {
  // Some write their version to stderr.
  const out = await run(["sh", "-c", `${command.join(" ")} 2>&1 || true`]);
  return out.split("\n")[0].trim();
};

export async function describeMachine() {
  const release = await readFile("/etc/os-release", "utf8");
  const gateway = await readFile(new URL("./node_modules/@portkey-ai/gateway/package.json", import.meta.url), "utf8")
    .then(JSON.parse).catch(() => undefined);
  return [
    ["processor", `${os.cpus()[0].model}, ${os.cpus().length} cores`],
    ["system", `${release.match(/PRETTY_NAME="(.*)"/)[1]}, Linux ${os.release()}`],
    ["byokd", await first(`${programs}/byokd`, "--version")],
    ["nginx", await first("nginx", "-v")],
    ["HAProxy", await first("haproxy", "-v")],
    ...(gateway ? [["Portkey", `@portkey-ai/gateway ${gateway.version}, Node ${process.version}`]] : []),
    ["wrk", (await first("wrk", "-v")).replace(/ Copyright.*/, "")],
  ];
}

const whole = (n) => Math.round(n).toLocaleString("en-US");
const tenth = (n) => (n === undefined ? "" : n.toFixed(1));
const share = (n) => `±${Math.round(n * 50)} %`;

export function markdown(headers, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(headers), line(headers.map((_, i) => (i ? "--:" : "---"))), ...rows.map(line)].join("\n");
}

const columns = {
  rate: ["chats/s", (r) => whole(r.rate)],
  spread: ["spread", (r) => share(r.spread)],
  p50: ["p50 µs", (r) => whole(r.p50_us)],
  p99: ["p99 µs", (r) => whole(r.p99_us)],
  cpu: ["CPU s per 1,000", (r) => (r.cpu_us === undefined ? "" : (r.cpu_us / 1000).toFixed(3))],
  spent: ["CPU s", (r) => (r.cpu_s === undefined ? "" : r.cpu_s.toFixed(2))],
  peak: ["peak MB", (r) => tenth(r.peak_mb)],
  own: ["own MB", (r) => tenth(r.own_mb)],
  grown: ["of it since the start", (r) => tenth(r.grown_mb)],
  begin: ["first byte p50 µs", (r) => whole(r.first_p50_us)],
  delay: ["chunk delay p99 µs", (r) => whole(r.delay_p99_us)],
  chunks: ["chunks/s", (r) => whole(r.chunks_per_s)],
};

function section(title, note, results, names) {
  const shown = names.map((name) => columns[name]);
  const rows = Object.entries(results).map(([name, result]) => [name, ...shown.map(([, of]) => of(result))]);
  return `## ${title}\n\n${note}\n\n${markdown(["", ...shown.map(([header]) => header)], rows)}\n`;
}

// What `of` makes of the gateways' figures, round by round: the machine's speed comes and goes, and
// takes those that were measured one behind the other with it.
function byRounds(results, names, of) {
  if (!names.every((name) => results?.[name]?.rounds)) return undefined;
  const rounds = results[names[0]].rounds.map((_, i) => of(...names.map((name) => results[name].rounds[i])));
  return { middle: median(rounds), least: Math.min(...rounds), most: Math.max(...rounds) };
}

const ratio = (results, figure, one, other) =>
  byRounds(results, [one, other], (a, b) => a[figure] / b[figure]);

// What was aimed at, and what came of it.
function goals(all) {
  const c = all.closed ?? {};
  const rows = [];
  const goal = (text, aim, got) => {
    if (!got) return;
    const [sign, bound] = aim.split(" ");
    const met = sign === "≥" ? got.middle >= Number(bound) : got.middle <= Number(bound);
    const digits = got.middle >= 10 ? 0 : 2;
    const shown = (n) => n.toFixed(digits);
    rows.push([text, aim, shown(got.middle), `${shown(got.least)} to ${shown(got.most)}`, met ? "yes" : "**no**"]);
  };
  goal("64 connections, chats/s over nginx", "≥ 1.1", ratio(c[64], "rate", "byokd", "nginx"));
  goal("64 connections, chats/s over HAProxy", "≥ 1.35", ratio(c[64], "rate", "byokd", "HAProxy"));
  goal("64 connections, chats/s over Portkey", "≥ 90", ratio(c[64], "rate", "byokd", "Portkey"));
  goal("256 connections, chats/s over nginx", "≥ 1.3", ratio(c[256], "rate", "byokd", "nginx"));
  goal("1 connection, p50 over nginx", "≤ 1", ratio(c[1], "p50_us", "byokd", "nginx"));
  const added = (figure) => byRounds(all.rate, ["direct", "byokd", "nginx"],
    (direct, byokd, nginx) => (byokd[figure] - direct[figure]) / (nginx[figure] - direct[figure]));
  goal("100 chats/s, added p50 over nginx", "≤ 1", added("p50_us"));
  goal("100 chats/s, added p99 over nginx", "≤ 1", added("p99_us"));
  goal("100 KB bodies, chats/s over nginx", "≥ 1", ratio(all.large_bodies, "rate", "byokd", "nginx"));
  goal("paced streams, first byte over nginx", "≤ 1", ratio(all.paced_streams, "first_p50_us", "byokd", "nginx"));
  goal("fast streams, chunks/s over nginx", "≥ 1", ratio(all.fast_streams, "chunks_per_s", "byokd", "nginx"));
  goal("translated chat over passed through, Anthropic", "≥ 0.6", ratio(all.translated, "rate", "to Anthropic", "passed through"));
  goal("translated chat over passed through, Gemini", "≥ 0.6", ratio(all.translated, "rate", "to Gemini", "passed through"));
  goal("1,000 slow streams, KiB a stream", "≤ 16",
    byRounds(all.many_streams, ["byokd"], (byokd) => byokd.grown_mb * 1.024));
  goal("two workers, chats/s over nginx", "≥ 1", ratio(all.all_workers, "rate", "byokd", "nginx"));
  if (!rows.length) return "";
  return `## Goals\n\nMedians of what each round gave, and the range of its rounds.\n\n${markdown(["", "goal", "here", "rounds", "met"], rows)}\n`;
}

export function table(all, { machine, counts, failed, disturbed, rounds, seconds, tenants }) {
  const parts = [
    `# Benchmarks\n\nMade by \`tests/bench/run.sh\` on ${new Date().toISOString().slice(0, 10)}: ${rounds} rounds of ${seconds} s for each figure, the gateways by turns within each round, medians. "Spread" is half the distance between the best and the worst round. A round in which others on the host took over 5 % of the processors' time is measured anew; ${disturbed} stayed disturbed after three tries. ${whole(tenants)} tenants, each call another one's, with a key of its own that byokd decrypts and the others look up in the clear. ${whole(counts.calls)} calls reached the provider, ${whole(counts.wrong)} of them with another key than their tenant's; ${whole(failed)} failed, but for Portkey's.\n\nOnly ratios within one run mean anything: the machine's own speed comes and goes.\n`,
    markdown(["machine", ""], machine) + "\n",
    goals(all),
  ];
  if (all.closed) parts.push("![Chats a second by gateway and connections](benchmarks.svg)\n");
  for (const [connections, results] of Object.entries(all.closed ?? {})) {
    parts.push(section(`${connections} connection${connections === "1" ? "" : "s"}, one worker on one core`,
      "A short JSON chat as often as it goes; client and provider share the other core.", results,
      ["rate", "spread", "p50", "p99", "cpu", "peak"]));
  }
  const sections = [
    ["all_workers", "64 connections, all workers on all cores", "The client and the provider take their share of the same cores.", ["rate", "spread", "p50", "p99", "cpu", "peak"]],
    ["rate", "100 chats a second", "Latency from when a call was due.", ["p50", "p99", "cpu"]],
    ["large_bodies", "Bodies of 100 KB", "16 connections, 1,000 tenants.", ["rate", "spread", "p50", "p99", "cpu", "peak"]],
    ["paced_streams", "Streams with a pause", "16 at a time, 50 chunks 10 ms apart.", ["begin", "delay", "chunks", "spent"]],
    ["fast_streams", "Streams as fast as they go", "16 at a time, 200 chunks.", ["chunks", "spread", "begin", "spent"]],
    ["many_streams", "1,000 slow streams", "A chunk a second for 20 s. \"Own\" leaves out what is mapped of files.", ["begin", "delay", "spent", "peak", "own", "grown"]],
    ["translated", "Translated chats", "A chat of 1 KB in OpenAI's format through byokd, 64 connections.", ["rate", "spread", "p50", "p99", "cpu"]],
    ["tls", "TLS to the provider", "Its certificate verified; 64 connections.", ["rate", "spread", "p50", "p99", "cpu"]],
  ];
  for (const [name, title, note, names] of sections) {
    if (all[name]) parts.push(section(title, note, all[name], names));
  }
  return parts.filter(Boolean).join("\n");
}
