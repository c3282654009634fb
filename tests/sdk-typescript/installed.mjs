// The SDK as the project that it was installed into has it.
import http from "node:http";
import path from "node:path";
import { pathToFileURL } from "node:url";

export const project = process.env.BYOK_SDK_PROJECT;

const load = async (file) => import(pathToFileURL(path.join(project, file)));

// Once by `import` and once by `require`.
export const kinds = [
  ["ES module", await load("esm.mjs")],
  ["CommonJS", (await load("cjs.cjs")).default],
];

// A server that answers as `handler` does, for what no byokd would do.
export async function serve(handler) {
  const server = http.createServer(handler);
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () => new Promise((stopped) => {
      server.close(stopped);
      server.closeAllConnections();
    }),
  };
}

export const hello = (model) => ({ model, messages: [{ role: "user", content: "Hello" }] });

export async function gather(pieces) {
  const all = [];
  for await (const piece of pieces) all.push(piece);
  return all;
}
