// Calls to the byokd that served this page, with a token or a link's secret. The secret lives in the
// function that connect() gives, and nowhere else.
import { has, text } from "./texts.js";

// Beside the page, wherever a proxy has put it.
const base = new URL("../", import.meta.url);

// `message` is a sentence to show; `language` is set where the server wrote it.
export class ApiError extends Error {
  constructor(code, message, language) {
    super(message);
    this.code = code;
    this.language = language;
  }
}

// Gives call(method, path, body, {signal, errors}), which resolves with an answer that is good.
// `errors` names the texts that may stand for the server's sentences: what a code means depends on
// what was asked.
export function connect(secret) {
  return async function call(method, path, body, { signal, errors = "errors" } = {}) {
    // No token and no link has other characters, and most of them cannot be sent in a header.
    if (!/^[!-~]+$/.test(secret)) throw unauthorized();
    const headers = { Authorization: `Bearer ${secret}` };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const request = { method, headers, signal, body: body && JSON.stringify(body),
      cache: "no-store", redirect: "error" };
    for (let tries = 1; ; ++tries) {
      const answer = await send(new URL(path, base), request);
      if (answer.ok) return answer;
      const wait = method === "GET" && tries < mostTries ? waitOf(answer) : undefined;
      if (wait === undefined) throw await errorOf(answer, errors);
      await new Promise((over) => setTimeout(over, wait));
    }
  };
}

async function send(url, request) {
  try {
    return await fetch(url, request);
  } catch (error) {
    if (request.signal?.aborted) throw error;
    throw unreachable();
  }
}

// A tenant's limits may be as low as one request a second, which the page needs several of. Nobody
// should look at a page that waits for longer.
const mostTries = 3;
const longestWait = 5;

// Milliseconds after which the same may be asked again; nothing where that does not help.
function waitOf(answer) {
  if (answer.status !== 429) return undefined;
  const seconds = Number(answer.headers.get("Retry-After") ?? 1);
  return seconds <= longestWait ? seconds * 1000 : undefined;
}

async function errorOf(answer, errors) {
  const { error, message } = await bodyOf(answer) ?? {};
  if (typeof error !== "string" || typeof message !== "string") return unexpected(answer);
  if (error === "UNAUTHORIZED") return unauthorized();
  // The page may have its own words for what customers meet; else the server's are shown.
  if (has(`${errors}.${error}`)) return new ApiError(error, text(`${errors}.${error}`));
  return new ApiError(error, message, "en");
}

const unauthorized = () => new ApiError("UNAUTHORIZED", text("enter.wrong"));
const unreachable = () => new ApiError("UNREACHABLE", text("failed.unreachable"));
const unexpected = (answer) =>
  new ApiError("UNEXPECTED", text("failed.unexpected", { status: answer.status }));

// What the JSON of the answer holds; nothing where it is none. One that is cut off is no answer.
async function bodyOf(answer) {
  const body = await answer.text().catch(() => {
    throw unreachable();
  });
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

// The JSON of a good answer.
export async function read(answering) {
  const answer = await answering;
  const body = await bodyOf(answer);
  if (body === undefined) throw unexpected(answer);
  return body;
}

// The data of server-sent events, each as JSON.
export async function* events(answer) {
  let rest = "";
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + value).split(/\r?\n/);
      rest = lines.pop();
      for (const line of lines) {
        if (line.startsWith("data:")) yield JSON.parse(line.slice("data:".length));
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

export const segment = (name) => encodeURIComponent(name);
