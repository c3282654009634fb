// How long a call may wait and how often it is tried again, as its caller says.

export interface Limits {
  /** Milliseconds to wait for the answer, or a stream's next piece. */
  timeout: number;
  /** How often to try again what failed for a while. */
  maxRetries: number;
}

/**
 * What `said` says, and `usual` for the rest. Throws a `TypeError` for what cannot be right: such as
 * NaN, with which no count of tries would ever be reached.
 */
export function limitsOf(
  said: { timeout?: number | undefined; maxRetries?: number | undefined }, usual: Limits): Limits {
  const { timeout = usual.timeout, maxRetries = usual.maxRetries } = said;
  if (!(typeof timeout === "number" && timeout > 0)) {
    throw new TypeError("timeout must be a number of milliseconds, more than 0");
  }
  const counts = Number.isInteger(maxRetries) || maxRetries === Infinity;
  if (!(counts && maxRetries >= 0)) {
    throw new TypeError("maxRetries must be a whole number, 0 or more");
  }
  return { timeout, maxRetries };
}
