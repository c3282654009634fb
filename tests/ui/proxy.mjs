// Servers between a browser and byokd, or beside it.
import http from "node:http";

// A server of that handler, for as long as `use` takes; its origin is another's than byokd's.
export async function serving(handler, use) {
  const server = http.createServer(handler);
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  try {
    return await use(`http://127.0.0.1:${server.address().port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
}

// Lets the byokd of `world` answer; `path` in place of the one that was asked for.
export function passOn(world, request, answer, path = request.url) {
  const { port } = new URL(world.url);
  const { method, headers } = request;
  const on = http.request({ host: "127.0.0.1", port, method, path, headers }, (got) => {
    answer.writeHead(got.statusCode, got.headers);
    got.pipe(answer);
  });
  request.pipe(on);
}

// Begins an answer and breaks off before its end.
export function cutOff(answer, status = 200) {
  answer.writeHead(status, { "Content-Type": "application/json", "Content-Length": 1000 });
  answer.write('{"providers":[', () => answer.socket.destroy());
}
