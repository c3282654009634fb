// Over a Unix socket, which fetch cannot do. In Node and its like only.
import type { IncomingMessage } from "node:http";
import type { Transport } from "./transport.js";

// Not a literal, so that what bundles for browsers lets it be.
const nodeHttp = "node:http";

async function* read(answer: IncomingMessage): AsyncGenerator<Uint8Array> {
  yield* answer;
}

/** To the byokd that listens on the socket at `socketPath`. */
export function overSocket(socketPath: string): Transport {
  return async ({ body, headers, ...request }) => {
    const http: typeof import("node:http") =
      await import(/* webpackIgnore: true */ /* @vite-ignore */ nodeHttp);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { ...request, socketPath, headers: { ...headers, host: "localhost" } };
      http.request(options, resolve).on("error", reject).end(body);
    });
    return {
      status: answer.statusCode ?? 0,
      header: (name) => {
        const value = answer.headers[name];
        return Array.isArray(value) ? value.join(", ") : value;
      },
      pieces: () => read(answer),
    };
  };
}
