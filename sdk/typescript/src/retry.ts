// Which answers are worth another try, and after what wait: as the providers' own SDKs do it.
import { ByokApiError, ByokConnectionError, type ByokError } from "./errors.js";
import type { Answer } from "./transport.js";

const longestBackoff = 8_000;
/** Nobody waits longer for an answer to come: the caller is told instead. */
const longestWait = 60_000;

/** Whether the same call may go well later. */
export function mayHelp({ status, header }: Answer): boolean {
  const told = header("x-should-retry");
  if (told === "true" || told === "false") return told === "true";
  return status === 408 || status === 429 || status >= 500;
}

/** Why no connection came about, in Node: nothing was sent then. */
const unsent = ["ECONNREFUSED", "ENOENT", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"];

/** Whether byokd may have done what a try that failed so asked for. */
export function mayHaveBeenDone(failure: ByokError): boolean {
  if (failure instanceof ByokApiError) {
    // Who stands before byokd has lost its answer.
    return failure.code === "UNEXPECTED_ANSWER" && failure.status >= 500;
  }
  if (!(failure instanceof ByokConnectionError)) return false;
  const { cause } = failure;
  return !(cause instanceof Error && "code" in cause && unsent.includes(String(cause.code)));
}

/** Milliseconds that the answer asks to wait. */
export function askedWait({ header }: Answer): number | undefined {
  const exact = Number(header("retry-after-ms") ?? NaN);
  if (exact >= 0) return exact;
  const text = header("retry-after");
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (seconds >= 0) return seconds * 1000;
  const until = Date.parse(text) - Date.now();
  return Number.isNaN(until) ? undefined : Math.max(until, 0);
}

/** Milliseconds to wait after so many tries; nothing where that is too long to wait. */
export function waitAfter(tries: number, asked?: number): number | undefined {
  if (asked !== undefined) return asked > longestWait ? undefined : asked;
  // Not all at once, where many were refused together.
  return Math.min(500 * 2 ** (tries - 1), longestBackoff) * (1 - Math.random() / 4);
}
