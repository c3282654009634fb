// A fake provider and a byokd that calls it, in a folder of their own, with one tenant that has a
// key for each provider.
import { spawn } from "node:child_process";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";

const programs = process.env.BYOK_PROGRAMS ?? "../../build/release/bin";

export const keys = {
  openai: "sk-proj-" + "0123456789abcdef".repeat(2),
  anthropic: "sk-ant-" + "0123456789abcdef".repeat(2),
  gemini: "AQ." + "0123456789abcdef".repeat(2),
};

// Why an SDK that needs that version of Node cannot run here; false where it can.
export function needsNode(version) {
  const here = Number(process.versions.node.split(".")[0]);
  return here < version && `it needs Node ${version}, this is ${here}`;
}

// The first line of `stream` that holds `text`; what comes after it is read and let go.
function lineWith(stream, text) {
  return new Promise((found, failed) => {
    const lines = readline.createInterface({ input: stream });
    lines.on("line", (line) => line.includes(text) && found(line));
    lines.on("close", () => failed(new Error(`ended without saying "${text}"`)));
  });
}

function request(options, body) {
  return new Promise((answered, failed) => {
    const call = http.request({ agent: false, ...options }, async (answer) => {
      let text = "";
      for await (const piece of answer) text += piece;
      if (answer.statusCode >= 300) return failed(new Error(`${answer.statusCode} ${text}`));
      answered(JSON.parse(text));
    });
    call.on("error", failed);
    call.end(body);
  });
}

export class World {
  #processes = [];

  static async start(settings = []) {
    const world = new World();
    try {
      await world.#start(settings);
    } catch (error) {
      await world.stop();
      throw error;
    }
    return world;
  }

  async #start(settings) {
    this.folder = await mkdtemp(path.join(os.tmpdir(), "byok-sdk-"));
    const fake = this.#spawn("fake-provider", ["--exit-with-stdin"]);
    const port = (line) => Number(line.match(/:(\d+)\D*$/)[1]);
    this.fakePort = port(await lineWith(fake.stdout, "http://"));
    for (const name of ["state", "config"]) {
      await mkdir(path.join(this.folder, name), { mode: 0o700 });
    }
    await writeFile(path.join(this.folder, "config/byokd.toml"), "");
    this.socket = path.join(this.folder, "s");
    const all = [
      `state_dir=${this.folder}/state`,
      `root_key=file:${this.folder}/config/root.key`,
      `listen=["unix:${this.socket}", "http://127.0.0.1:0"]`,
      ...["openai", "anthropic", "gemini"].map(
        (name) => `provider.${name}.base_url=http://127.0.0.1:${this.fakePort}`),
      ...settings,
    ];
    const byokd = this.#spawn("byokd", [
      "--config", path.join(this.folder, "config/byokd.toml"),
      ...all.flatMap((setting) => ["-o", setting]),
    ]);
    this.url = `http://127.0.0.1:${port(await lineWith(byokd.stderr, "listening on http://"))}`;
    await this.admin("POST", "/admin/tenants", { id: "acme" });
    const made = await this.admin("POST", "/admin/tenants/acme/tokens", { scope: "full" });
    this.token = made.token;
    for (const [provider, apiKey] of Object.entries(keys)) await this.putKey(provider, apiKey);
  }

  #spawn(name, args) {
    // It goes with the test, however that ends.
    const command = ["--pdeathsig", "KILL", path.join(programs, name), ...args];
    const child = spawn("setpriv", command, {
      stdio: ["pipe", "pipe", "pipe"],
      env: { PATH: process.env.PATH, HOME: this.folder },
    });
    this.#processes.push({
      child,
      ended: new Promise((ended) => child.on("close", ended).on("error", ended)),
    });
    return child;
  }

  async stop() {
    for (const { child, ended } of this.#processes.reverse()) {
      child.kill("SIGTERM");
      await ended;
    }
    if (this.folder) await rm(this.folder, { recursive: true, force: true });
  }

  // As the operator; for the tenant where it is named.
  admin(method, target, body, tenant) {
    const headers = tenant ? { "X-Byok-Tenant": tenant } : {};
    return request({ socketPath: this.socket, method, path: target, headers },
      body && JSON.stringify(body));
  }
  putKey(provider, apiKey) {
    return this.admin("PUT", `/ai/providers/${provider}`, { apiKey }, "acme");
  }

  #control(method, target, body) {
    return request({ host: "127.0.0.1", port: this.fakePort, method, path: `/_fake/${target}` },
      body && JSON.stringify(body));
  }
  // What the fake provider does with the next calls, one after the other.
  script(...behaviours) {
    return this.#control("POST", "script", behaviours);
  }
  async forget() {
    await this.#control("DELETE", "script");
    await this.#control("DELETE", "calls");
  }
  // The calls that reached it, their bodies parsed.
  async calls() {
    const seen = await this.#control("GET", "calls");
    return seen.map(({ method, target, headers, bodyBase64, bodySize }) => {
      const text = Buffer.from(bodyBase64, "base64").toString();
      const named = Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
      const isJson = (named["content-type"] ?? "").includes("json");
      return { method, target, headers: named, bodySize, text,
        body: isJson ? JSON.parse(text) : undefined };
    });
  }
  // How many of its answers are being written.
  async underWay() {
    return (await this.#control("GET", "stats")).inFlight.length;
  }
}

// Waits until `holds` gives something.
export async function eventually(holds) {
  const end = Date.now() + 20_000;
  for (;;) {
    const value = await holds();
    if (value) return value;
    if (Date.now() > end) throw new Error("it never came to be");
    await new Promise((later) => setTimeout(later, 10));
  }
}

// Answers in the providers' own formats.
export const json = (body, status = 200, headers = {}) => ({
  status, headers: { "Content-Type": "application/json", ...headers }, body,
});

export const callsTool = {
  openai: (name, args) => json({
    id: "chatcmpl-1", object: "chat.completion", created: 1, model: "gpt-4o",
    choices: [{ index: 0, finish_reason: "tool_calls", logprobs: null, message: {
      role: "assistant", content: null, refusal: null,
      tool_calls: [{ id: "call_1", type: "function",
        function: { name, arguments: JSON.stringify(args) } }],
    } }],
    usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
  }),
  anthropic: (name, input) => json({
    id: "msg_1", type: "message", role: "assistant", model: "claude-sonnet-5",
    content: [
      { type: "thinking", thinking: "It wants the weather.", signature: "c2lnbmF0dXJl" },
      { type: "tool_use", id: "toolu_1", name, input },
    ],
    stop_reason: "tool_use", stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 2 },
  }),
  gemini: (name, args) => json({
    candidates: [{ index: 0, finishReason: "STOP", content: { role: "model", parts: [
      { functionCall: { name, args }, thoughtSignature: "c2lnbmF0dXJl" },
    ] } }],
    usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 2, totalTokenCount: 3 },
    modelVersion: "gemini-3.8-flash", responseId: "r1",
  }),
};

export const says = {
  openai: (text) => json({
    id: "chatcmpl-1", object: "chat.completion", created: 1, model: "gpt-4o",
    choices: [{ index: 0, finish_reason: "stop", logprobs: null,
      message: { role: "assistant", content: text, refusal: null } }],
    usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
  }),
  anthropic: (text) => json({
    id: "msg_1", type: "message", role: "assistant", model: "claude-sonnet-5",
    content: [{ type: "text", text }], stop_reason: "end_turn", stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 2 },
  }),
  gemini: (text) => json({
    candidates: [{ index: 0, finishReason: "STOP",
      content: { role: "model", parts: [{ text }] } }],
    usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 2, totalTokenCount: 3 },
    modelVersion: "gemini-3.8-flash", responseId: "r1",
  }),
};

export const refuses = {
  openai: (status, message = "no") => json({
    error: { message, type: "invalid_request_error", param: null, code: null } }, status),
  anthropic: (status, message = "no") => json({
    type: "error", error: { type: "api_error", message }, request_id: "req_1" }, status),
  gemini: (status, message = "no") => json({
    error: { code: status, message, status: "UNKNOWN" } }, status),
};

// A picture of one pixel.
export const pixel =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

export const weather = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
