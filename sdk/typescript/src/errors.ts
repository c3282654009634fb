// What calls fail with. Each kind is a class, so that a program can tell them apart.
import type { ErrorCode } from "./types.js";

/** What every error of this package is an instance of. */
export class ByokError extends Error {
  override name = "ByokError";
}

/** What byokd answered beside its code. */
export interface ApiErrorDetails {
  /** The answer's HTTP status; 200 where a stream failed after it had begun. */
  status: number;
  /** Names the request in byokd's log and audit log. */
  requestId?: string | undefined;
  /** How many seconds to wait before another try, where byokd said so. */
  retryAfter?: number | undefined;
}

/** byokd answered with an error: `code` says which, for programs, `message` what to do about it. */
export class ByokApiError extends ByokError {
  override name = "ByokApiError";
  /**
   * Which error it is, such as `NO_PROVIDER_KEY`. `UNEXPECTED_ANSWER` is an answer that is not
   * byokd's own, such as that of a proxy before it.
   */
  readonly code: ErrorCode | "UNEXPECTED_ANSWER" | (string & {});
  readonly status: number;
  readonly requestId: string | undefined;
  readonly retryAfter: number | undefined;

  constructor(code: string, message: string, details: ApiErrorDetails) {
    super(message);
    this.code = code;
    this.status = details.status;
    this.requestId = details.requestId;
    this.retryAfter = details.retryAfter;
  }
}

/** byokd could not be reached, or the connection broke before the answer's end. */
export class ByokConnectionError extends ByokError {
  override name = "ByokConnectionError";
}

/** No answer, or no next piece of a stream, came within `timeout`, or before a signal timed out. */
export class ByokTimeoutError extends ByokError {
  override name = "TimeoutError";
}

/** The caller gave the call up, by its signal or by leaving its stream. */
export class ByokAbortError extends ByokError {
  override name = "AbortError";
}
