// How a request reaches byokd: by fetch, or over a Unix socket (unix.ts).

export interface Request {
  method: string;
  /** With the query. */
  path: string;
  headers: Record<string, string>;
  body: string | undefined;
  signal: AbortSignal;
}

export interface Answer {
  status: number;
  header(name: string): string | undefined;
  /** The body's bytes as they come. Whoever stops before their end gives the connection up. */
  pieces(): AsyncGenerator<Uint8Array>;
}

/** Sends a request; fails where no answer begins. */
export type Transport = (request: Request) => Promise<Answer>;

async function* read(body: ReadableStream<Uint8Array> | null, signal: AbortSignal):
AsyncGenerator<Uint8Array> {
  if (!body) return;
  const reader = body.getReader();
  const stop = () => void reader.cancel().catch(() => {});
  // Some fetches leave whoever reads waiting for ever where the signal comes between two pieces.
  signal.addEventListener("abort", stop);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) return;
      yield value;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
}

/** By `fetch`, the platform's or another of its kind, to what stands under `baseUrl`. */
export function overFetch(baseUrl: string, fetch: typeof globalThis.fetch): Transport {
  return async ({ path, body, ...request }) => {
    // byokd redirects nobody: who does would be sent the key.
    const init = { ...request, body: body ?? null, redirect: "manual" } as const;
    const answer = await fetch(baseUrl + path, init);
    return {
      status: answer.status,
      header: (name) => answer.headers.get(name) ?? undefined,
      pieces: () => read(answer.body, request.signal),
    };
  };
}
