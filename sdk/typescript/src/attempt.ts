// One try of a call: what may cut it short, and what its failure is called then.
import { ByokAbortError, ByokConnectionError, ByokError, ByokTimeoutError } from "./errors.js";

/** The longest that a timer of JavaScript can be set to; more is for ever. */
const longestTimer = 2 ** 31 - 1;

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** The error for a call that its caller's signal ended. */
export function abortedBy(signal: AbortSignal): ByokError {
  const cause: unknown = signal.reason;
  if (cause instanceof Error && cause.name === "TimeoutError") {
    return new ByokTimeoutError("the signal's time was over before the answer came", { cause });
  }
  return new ByokAbortError("the call was given up", { cause });
}

export class Attempt {
  readonly #controller = new AbortController();
  readonly #timeout: number;
  readonly #outer: AbortSignal | undefined;
  readonly #abort = () => this.#controller.abort();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timedOut = false;

  constructor(timeout: number, outer: AbortSignal | undefined) {
    this.#timeout = timeout;
    this.#outer = outer;
    if (outer?.aborted) this.#abort();
    outer?.addEventListener("abort", this.#abort);
    this.wait();
  }

  /** Ends the request where the attempt is over. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Waits anew for something to come. */
  wait(): void {
    this.rest();
    if (this.#timeout > longestTimer) return;
    this.#timer = setTimeout(() => {
      this.#timedOut = true;
      this.#abort();
    }, this.#timeout);
  }

  /** Nothing is waited for, until wait(). */
  rest(): void {
    clearTimeout(this.#timer);
  }

  /** It is over, well or not. */
  end(): void {
    this.rest();
    this.#outer?.removeEventListener("abort", this.#abort);
  }

  /** `failure` of the request, as what it is to the caller. */
  explain(failure: unknown): ByokError {
    if (failure instanceof ByokError) return failure;
    if (this.#timedOut) {
      return new ByokTimeoutError(`nothing came within ${this.#timeout} ms`, { cause: failure });
    }
    if (this.#outer?.aborted) return abortedBy(this.#outer);
    const cause = failure instanceof Error && failure.cause ? failure.cause : failure;
    // Node's fetch has limits of its own.
    if (/^UND_ERR_\w+_TIMEOUT$/.test(codeOf(cause))) {
      return new ByokTimeoutError("nothing came within fetch's own limit", { cause });
    }
    const reason = codeOf(cause) || (cause instanceof Error ? cause.message : String(cause));
    return new ByokConnectionError(`byokd cannot be reached: ${reason}`, { cause });
  }
}
