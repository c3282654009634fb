// Measures byokd beside nginx, HAProxy and Portkey in one run, by turns, and writes down what came
// of it: benchmarks.md and a chart.
//
//   run.mjs [--rounds 9] [--seconds 2] [--tenants 100000] [--only NAME,...] [--out FOLDER]
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";

import * as gateways from "./gateways.mjs";
import { barChart } from "./chart.mjs";
import { bodies, bodyFile, closedLoop, disturbed, fixedRate, streams, summarize, undisturbed } from "./measure.mjs";
import { stopAll } from "./processes.mjs";
import { describeMachine, table } from "./report.mjs";
import { startTlsFront } from "./tls_front.mjs";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    seconds: { type: "string", default: "2" },
    tenants: { type: "string", default: "100000" },
    only: { type: "string" },
    out: { type: "string", default: "build/bench/report" },
    work: { type: "string", default: "build/bench" },
  },
});
const rounds = Number(options.rounds);
const seconds = Number(options.seconds);
const gatewayCore = 0;
const loadCore = 1;

const everyGateway = [
  gateways.startRelay, gateways.startNginx, gateways.startHaproxy, gateways.startByokd,
  gateways.startPortkey,
];

// Runs `measure` on each of `targets` by turns, beginning with another one each round.
async function byTurns(targets, measure, figure, times = rounds) {
  const results = new Map(targets.map((target) => [target.name, []]));
  for (let round = 0; round < times; ++round) {
    for (let i = 0; i < targets.length; ++i) {
      const target = targets[(round + i) % targets.length];
      results.get(target.name).push(await undisturbed(() => measure(target)));
    }
  }
  const summaries = {};
  for (const [name, measured] of results) summaries[name] = summarize(measured, figure);
  return summaries;
}

// The gateways, started for the time of `work`, and the provider itself where `direct` is set.
async function withGateways(starts, setting, work, direct = false) {
  const targets = [];
  try {
    for (const begin of starts) {
      const gateway = await begin(setting.tenants, setting);
      if (gateway) targets.push(gateway);
    }
    if (direct) {
      targets.unshift({ name: "direct", port: setting.upstream, tokens: setting.tenants.keys });
    }
    return await work(targets);
  } finally {
    await Promise.all(targets.map((target) => target.stop?.()));
  }
}

const measurements = {
  // One worker on one core, the client and the provider on the other.
  async closed(setting) {
    const body = await bodyFile(options.work, "chat", bodies.chat);
    const results = {};
    for (const connections of [1, 16, 64, 256]) {
      results[connections] = await withGateways(everyGateway, setting, (targets) =>
        byTurns(targets, (target) => closedLoop(target, { connections, seconds, body, core: loadCore })), true);
    }
    return results;
  },
  async all_workers(setting) {
    const body = await bodyFile(options.work, "chat", bodies.chat);
    const unpinned = { ...setting, workers: 2, core: undefined };
    return withGateways(everyGateway, unpinned, (targets) =>
      byTurns(targets, (target) => closedLoop(target, { connections: 64, seconds, body })), true);
  },
  async rate(setting) {
    return withGateways(everyGateway, setting, (targets) =>
      byTurns(targets, (target) => fixedRate(target, { rate: 100, seconds, core: loadCore }), "p50_us"), true);
  },
  async large_bodies(setting) {
    const body = await bodyFile(options.work, "large", bodies.large);
    // wrk holds every request whole.
    const few = { ...setting, tenants: setting.fewTenants };
    return withGateways(everyGateway, few, (targets) =>
      byTurns(targets, (target) => closedLoop(target, { connections: 16, seconds, body, core: loadCore })), true);
  },
  async paced_streams(setting) {
    return withGateways(everyGateway, setting, (targets) =>
      byTurns(targets, (target) =>
        streams(target, { count: 16, chunks: 50, gap_us: 10_000, seconds, core: loadCore }), "first_p50_us"), true);
  },
  async fast_streams(setting) {
    return withGateways(everyGateway, setting, (targets) =>
      byTurns(targets, (target) =>
        streams(target, { count: 16, chunks: 200, gap_us: 0, seconds, core: loadCore }), "chunks_per_s"), true);
  },
  // Each with a gateway of its own, whose memory has seen nothing else.
  async many_streams(setting) {
    const results = {};
    for (const begin of everyGateway) {
      Object.assign(results, await withGateways([begin], setting, (targets) =>
        byTurns(targets, (target) =>
          streams(target, { count: 1000, chunks: 1000, gap_us: 1_000_000, seconds: 20, core: loadCore }), "first_p50_us", 1)));
    }
    return results;
  },
  async translated(setting) {
    const few = { ...setting, tenants: setting.fewTenants };
    const models = { "gpt-4o-mini": "passed through", "claude-sonnet-4-5": "to Anthropic", "gemini-2.5-flash": "to Gemini" };
    const files = {};
    for (const model of Object.keys(models)) files[model] = await bodyFile(options.work, model, bodies.conversation(model));
    return withGateways([gateways.startByokd], few, ([byokd]) =>
      byTurns(Object.entries(models).map(([model, name]) => ({ ...byokd, name, body: files[model] })), (target) =>
        closedLoop(target, { connections: 64, seconds, body: target.body, core: loadCore })));
  },
  async tls(setting) {
    const front = await startTlsFront(path.resolve(options.work, "tls"), setting.upstream, loadCore);
    try {
      const body = await bodyFile(options.work, "chat", bodies.chat);
      const secure = { ...setting, origin: front.origin, ca: front.ca };
      return await withGateways([gateways.startNginx, gateways.startHaproxy, gateways.startByokd], secure, (targets) =>
        byTurns(targets, (target) => closedLoop(target, { connections: 64, seconds, body, core: loadCore })));
    } finally {
      await front.stop();
    }
  },
};

async function main() {
  await mkdir(options.work, { recursive: true });
  await mkdir(options.out, { recursive: true });
  options.work = path.resolve(options.work);
  const names = options.only ? options.only.split(",") : Object.keys(measurements);
  const tenants = await gateways.makeTenants(options.work, Number(options.tenants));
  const fewTenants = await gateways.makeTenants(options.work, 1000);
  const upstream = await gateways.startUpstream(loadCore);
  const setting = { tenants, fewTenants, upstream: upstream.port, workers: 1, core: gatewayCore };
  const results = {};
  for (const name of names) {
    console.error(`measuring ${name}`);
    results[name] = await measurements[name](setting);
    await writeFile(path.join(options.out, "results.json"), JSON.stringify(results, null, 1));
  }
  const counts = await upstream.counts();
  // Portkey lets calls time out under load.
  const count = (each) => Object.entries(each).reduce((sum, [name, figures]) =>
    sum + (figures.failed === undefined ? count(figures) : name === "Portkey" ? 0 : figures.failed), 0);
  const failed = count(results);
  const text = table(results, { machine: await describeMachine(), counts, failed, disturbed: disturbed(), rounds, seconds, tenants: tenants.count });
  await writeFile(path.join(options.out, "benchmarks.md"), text);
  if (results.closed) await writeFile(path.join(options.out, "benchmarks.svg"), barChart(results.closed));
  console.log(text);
  if (counts.wrong > 0) throw new Error(`${counts.wrong} calls bore another key than their tenant's`);
  if (failed > 0) throw new Error(`${failed} calls failed: the figures are not worth much`);
}

try {
  await main();
} finally {
  await stopAll();
}
