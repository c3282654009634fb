// Calls of byokd's API: tried again where that may help, their errors made the package's own.
import { Attempt, abortedBy } from "./attempt.js";
import { ByokApiError, ByokConnectionError, type ByokError } from "./errors.js";
import { limitsOf, type Limits } from "./limits.js";
import { askedWait, mayHaveBeenDone, mayHelp, waitAfter } from "./retry.js";
import { eventsIn } from "./sse.js";
import type { Answer, Transport } from "./transport.js";
import type { ErrorCode } from "./types.js";

/** What can be said of any call. */
export interface CallOptions {
  /** Gives the call up once it is aborted. */
  signal?: AbortSignal | undefined;
  /** Milliseconds to wait for the answer, or a stream's next piece; the client's otherwise. */
  timeout?: number | undefined;
  /** How often to try again; the client's otherwise. */
  maxRetries?: number | undefined;
}

export interface Call {
  method: "GET" | "PUT" | "POST" | "PATCH" | "DELETE";
  path: string;
  query?: Record<string, string | undefined>;
  body?: unknown;
  /** Made twice, it would do its work twice. */
  once?: boolean;
}

/** What became of a call's tries. */
interface Tries {
  /** One may have done its work without the answer coming back. */
  unheard: boolean;
}

/** A streamed answer that has begun. */
export interface Events {
  requestId: string | undefined;
  /** The data of its events. */
  data: AsyncGenerator<string>;
}

/** `id` as one segment of a path that leads nowhere else. */
export function segment(id: string): string {
  if (["", ".", ".."].includes(id)) throw new TypeError("an id must not be empty, . or ..");
  return encodeURIComponent(id);
}

async function textOf(answer: Answer): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of answer.pieces()) text += decoder.decode(piece, { stream: true });
  return text + decoder.decode();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const requestIdOf = (answer: Answer) => answer.header("x-byok-request-id");

function apiError(answer: Answer, text: string): ByokApiError {
  const { status } = answer;
  const wait = askedWait(answer);
  const retryAfter = wait === undefined ? undefined : Math.ceil(wait / 1000);
  const details = { status, requestId: requestIdOf(answer), retryAfter };
  const body = parsed(text) as { error?: unknown; message?: unknown } | null | undefined;
  if (typeof body?.error === "string" && typeof body.message === "string") {
    return new ByokApiError(body.error, body.message, details);
  }
  const message =
    `the answer is not byokd's (HTTP ${status}): look at baseUrl and at what is before it`;
  return new ByokApiError("UNEXPECTED_ANSWER", message, details);
}

function pause(time: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(abortedBy(signal!));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, time);
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop, { once: true });
  });
}

export class Http {
  readonly #transport: Transport;
  readonly #headers: Record<string, string>;
  readonly #limits: Limits;

  /** `headers` go with each request. */
  constructor(transport: Transport, headers: Record<string, string>, limits: Limits) {
    this.#transport = transport;
    this.#headers = headers;
    this.#limits = limits;
  }

  /** The JSON that the call is answered with. */
  async json<T>(call: Call, options: CallOptions): Promise<T> {
    return this.#json(call, options, { unheard: false });
  }

  /**
   * Deletes what is at `path`, and gives the answer. Where a try before may have done it unheard,
   * a 404 with the code `gone` says that it is done, and `done` stands for the answer.
   */
  async remove<T>(path: string, gone: ErrorCode, done: T, options: CallOptions): Promise<T> {
    const tries = { unheard: false };
    try {
      return await this.#json({ method: "DELETE", path }, options, tries);
    } catch (error) {
      const isGone = error instanceof ByokApiError && error.status === 404 && error.code === gone;
      if (tries.unheard && isGone) return done;
      throw error;
    }
  }

  async #json<T>(call: Call, options: CallOptions, tries: Tries): Promise<T> {
    return this.#try(call, options, tries, async (answer, attempt) => {
      const text = await textOf(answer);
      attempt.end();
      const value = parsed(text);
      if (value === undefined) throw apiError(answer, text);
      return value as T;
    });
  }

  /** The events that the call is answered with, once the answer has begun. */
  async events(call: Call, options: CallOptions): Promise<Events> {
    const { answer, attempt } = await this.#try(call, options, { unheard: false },
      (answer, attempt) => ({ answer, attempt }));
    async function* data() {
      try {
        for await (const event of eventsIn(answer.pieces(), () => attempt.wait())) {
          // However long the caller takes over it.
          attempt.rest();
          yield event;
          attempt.wait();
        }
      } catch (failure) {
        throw attempt.explain(failure);
      } finally {
        attempt.end();
      }
    }
    return { requestId: requestIdOf(answer), data: data() };
  }

  // What `take` makes of the first good answer; what breaks off under it is tried again. It ends the
  // attempt, where that is over.
  async #try<T>(call: Call, options: CallOptions, tries: Tries,
    take: (answer: Answer, attempt: Attempt) => T | Promise<T>): Promise<T> {
    const { timeout, maxRetries } = limitsOf(options, this.#limits);
    const request = this.#request(call);
    for (let count = 1; ; ++count) {
      const attempt = new Attempt(timeout, options.signal);
      let failure: ByokError;
      let wait: number | undefined;
      try {
        const answer = await this.#transport({ ...request, signal: attempt.signal });
        if (answer.status >= 200 && answer.status < 300) return await take(answer, attempt);
        failure = apiError(answer, await textOf(answer));
        // What byokd refuses with these it has not begun.
        const undone = answer.status === 429 || answer.status === 503;
        if (mayHelp(answer) && (undone || !call.once)) wait = waitAfter(count, askedWait(answer));
      } catch (error) {
        failure = attempt.explain(error);
        if (failure instanceof ByokConnectionError && !call.once) wait = waitAfter(count);
      }
      attempt.end();
      if (wait === undefined || count > maxRetries) throw failure;
      tries.unheard ||= mayHaveBeenDone(failure);
      await pause(wait, options.signal);
    }
  }

  #request({ method, path, query = {}, body }: Call) {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) search.set(name, value);
    }
    const headers = { ...this.#headers };
    if (body !== undefined) headers["content-type"] = "application/json";
    return {
      method,
      path: `${path}?${search}`.replace(/\?$/, ""),
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    };
  }
}
