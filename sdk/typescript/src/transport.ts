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

async function* read(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (!body) return;
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** By `fetch`, the platform's or another of its kind, to what stands under `baseUrl`. */
export function overFetch(baseUrl: string, fetch: typeof globalThis.fetch): Transport {
  return async ({ path, body, ...request }) => {
    // byokd redirects nobody: who does would be sent the key.
    const answer = await fetch(baseUrl + path, { ...request, body: body ?? null, redirect: "manual" });
    return {
      status: answer.status,
      header: (name) => answer.headers.get(name) ?? undefined,
      pieces: () => read(answer.body),
    };
  };
}
