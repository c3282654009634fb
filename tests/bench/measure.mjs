// One measurement of one gateway, and what several come to.
import { writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { cpuSeconds, memory, run, stolenSeconds } from "./processes.mjs";
import { programs } from "./gateways.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));

export const bodies = {
  chat: JSON.stringify({
    model: "gpt-4o-mini",
    messages: [{ role: "user", content: "What is the capital of France?" }],
  }),
  large: JSON.stringify({
    model: "gpt-4o-mini",
    messages: [{ role: "user", content: "x".repeat(100_000) }],
  }),
  // 1 KB of what clients send.
  conversation: (model) =>
    JSON.stringify({
      model,
      max_tokens: 200,
      temperature: 0.5,
      messages: [
        { role: "system", content: "You are brief and to the point. ".repeat(10) },
        { role: "user", content: "What is the capital of France? ".repeat(5) },
        { role: "assistant", content: "Paris." },
        { role: "user", content: "And how many people live there, with its suburbs? ".repeat(5) },
      ],
    }),
};

// A figure counts where the machine had its processors to itself: others on the same host take them
// away for seconds, and a gateway's figure with them. Measured anew where they took more than this
// share, a few times at most.
const mostStolen = 0.05;
const mostTries = 3;
let stayedDisturbed = 0;
export const disturbed = () => stayedDisturbed;

export async function undisturbed(measure) {
  for (let tries = 1; ; ++tries) {
    const [begin, stolen] = [process.uptime(), stolenSeconds()];
    const result = await measure();
    const share = (stolenSeconds() - stolen) / (process.uptime() - begin) / os.cpus().length;
    if (share <= mostStolen) return result;
    if (tries < mostTries) continue;
    ++stayedDisturbed;
    return result;
  }
}

// What `work` cost the gateway: its result with processor time and memory beside it.
async function costed(gateway, calls, work) {
  const before = gateway.pid ? cpuSeconds(gateway.pid) : 0;
  const idle = gateway.pid ? memory(gateway.pid).own : 0;
  const result = await work();
  if (gateway.pid) {
    const spent = cpuSeconds(gateway.pid) - before;
    const { peak, own } = memory(gateway.pid);
    Object.assign(result, { cpu_s: spent, cpu_us: (spent / calls(result)) * 1e6, peak_mb: peak, own_mb: own, grown_mb: own - idle });
  }
  return result;
}

// As many calls as go, by wrk; `body` is a file.
export function closedLoop(gateway, { connections, seconds, body, method = "POST", target = "/v1/chat/completions", core }) {
  return costed(gateway, (result) => result.calls, async () => {
    const out = await run([
      "wrk", "-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "10s",
      "-s", path.join(here, "load.lua"), `http://127.0.0.1:${gateway.port}`, "--",
      gateway.tokens, body, method, target, ...(gateway.fields ?? []),
    ], { core });
    const result = JSON.parse(out.match(/^RESULT (.*)$/m)[1]);
    // wrk counts refusals as calls too.
    result.calls -= result.failed;
    result.rate = result.calls / result.seconds;
    return result;
  });
}

const client = (core, ...words) =>
  run([path.join(programs, "bench_client"), ...words.map(String)], { core }).then(JSON.parse);

export const fixedRate = (gateway, { rate, seconds, core }) =>
  costed(gateway, (result) => result.calls, () =>
    client(core, "rate", gateway.port, gateway.tokens, rate, seconds, ...(gateway.fields ?? [])));

export const streams = (gateway, { count, chunks, gap_us, seconds, core }) =>
  costed(gateway, (result) => result.streams, () =>
    client(core, "streams", gateway.port, gateway.tokens, count, chunks, gap_us, seconds,
      ...(gateway.fields ?? [])));

export async function bodyFile(folder, name, text) {
  const file = path.join(folder, `${name}.json`);
  await writeFile(file, text);
  return file;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// The median of each figure over the rounds, which are kept as `rounds`; `failed` is their sum,
// `spread` how far the rounds' `figure` lie apart, as a share of the median.
export function summarize(rounds, figure = "rate") {
  const summary = {};
  for (const name of Object.keys(rounds[0])) summary[name] = median(rounds.map((round) => round[name]));
  summary.failed = rounds.reduce((sum, round) => sum + round.failed, 0);
  const values = rounds.map((round) => round[figure]);
  summary.spread = (Math.max(...values) - Math.min(...values)) / median(values);
  summary.rounds = rounds;
  return summary;
}
