// Programs that the benchmarks start, what they cost, and their end, whatever happens.
import { execFile, spawn } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import net from "node:net";
import { setTimeout as pause } from "node:timers/promises";

const running = new Set();

// Starts a program on the given core (none: on any) and gives its process.
export function start(command, { core, environment = {}, log } = {}) {
  const pinned = core === undefined ? command : ["taskset", "-c", String(core), ...command];
  const child = spawn(pinned[0], pinned.slice(1), {
    stdio: ["ignore", log ?? "ignore", log ?? "ignore"],
    env: { ...process.env, ...environment },
  });
  child.ended = new Promise((ended) => child.once("exit", ended));
  child.once("error", (error) => console.error(`${command[0]}: ${error.message}`));
  running.add(child);
  child.ended.then(() => running.delete(child));
  return child;
}

export async function stop(child, signal = "SIGTERM") {
  child.kill(signal);
  const impatient = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await child.ended;
  clearTimeout(impatient);
}

export const stopAll = () => Promise.all([...running].map((child) => stop(child)));

// Nothing that was started outlives a benchmark that is broken off.
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => stopAll().finally(() => process.exit(1)));
}

// What a program printed; throws where it fails.
export function run(command, { core, environment = {}, input } = {}) {
  const pinned = core === undefined ? command : ["taskset", "-c", String(core), ...command];
  return new Promise((done, failed) => {
    const options = { maxBuffer: 1 << 30, env: { ...process.env, ...environment } };
    const child = execFile(pinned[0], pinned.slice(1), options, (error, out, err) => {
      error ? failed(new Error(`${command[0]}: ${error.message}\n${err}`)) : done(out);
    });
    if (input !== undefined) child.stdin.end(input);
  });
}

// A port of this machine that nobody listens on.
export async function freePort() {
  const server = net.createServer().listen(0, "127.0.0.1");
  await new Promise((ready) => server.once("listening", ready));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

export async function listening(port, seconds = 60) {
  for (let tries = 0; tries < seconds * 20; ++tries) {
    const open = await new Promise((tried) => {
      const socket = net.connect(port, "127.0.0.1");
      socket.once("connect", () => tried(true) && socket.destroy());
      socket.once("error", () => tried(false));
    });
    if (open) return;
    await pause(50);
  }
  throw new Error(`nobody listens on port ${port}`);
}

// That process and all below it.
function family(pid) {
  const pids = [pid];
  try {
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      const children = readFileSync(`/proc/${pid}/task/${task}/children`, "utf8");
      for (const child of children.split(" ").filter(Boolean)) pids.push(...family(Number(child)));
    }
  } catch {
    // It has ended.
  }
  return pids;
}

// Seconds on a processor so far.
export function cpuSeconds(pid) {
  let nanoseconds = 0;
  for (const each of family(pid)) {
    try {
      for (const task of readdirSync(`/proc/${each}/task`)) {
        const [spent] = readFileSync(`/proc/${each}/task/${task}/schedstat`, "utf8").split(" ");
        nanoseconds += Number(spent);
      }
    } catch {
      // It has ended.
    }
  }
  return nanoseconds / 1e9;
}

// Seconds that the machine's processors were kept from it by whoever else it is shared with.
export function stolenSeconds() {
  const [, ...ticks] = readFileSync("/proc/stat", "utf8").split("\n")[0].trim().split(/\s+/);
  return Number(ticks[7]) / 100;
}

// MiB of memory of its own (what it maps of files is the page cache's) and in all, at their peak
// and now.
export function memory(pid) {
  const sum = { peak: 0, own: 0 };
  for (const each of family(pid)) {
    try {
      const status = readFileSync(`/proc/${each}/status`, "utf8");
      const kib = (name) => Number(status.match(new RegExp(`^${name}:\\s+(\\d+)`, "m"))?.[1] ?? 0);
      sum.peak += kib("VmHWM") / 1024;
      sum.own += kib("RssAnon") / 1024;
    } catch {
      // It has ended.
    }
  }
  return sum;
}
