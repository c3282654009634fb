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

// Gives call(method, path, body, signal), which resolves with an answer that is good.
export function connect(secret) {
  return async function call(method, path, body, signal) {
    const headers = { Authorization: `Bearer ${secret}` };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    let answer;
    try {
      answer = await fetch(new URL(path, base), {
        method, headers, signal, body: body && JSON.stringify(body),
        cache: "no-store", redirect: "error",
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new ApiError("UNREACHABLE", text("failed.unreachable"));
    }
    if (answer.ok) return answer;
    throw await errorOf(answer);
  };
}

async function errorOf(answer) {
  const { error, message } = await answer.json().catch(() => ({}));
  if (typeof error === "string" && typeof message === "string") {
    // A translation may have its own words for what customers meet; else the server's are shown.
    if (has(`errors.${error}`)) return new ApiError(error, text(`errors.${error}`));
    return new ApiError(error, message, "en");
  }
  return unexpected(answer);
}

function unexpected(answer) {
  return new ApiError("UNEXPECTED", text("failed.unexpected", { status: answer.status }));
}

// The JSON of a good answer.
export async function read(answering) {
  const answer = await answering;
  return answer.json().catch(() => {
    throw unexpected(answer);
  });
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
