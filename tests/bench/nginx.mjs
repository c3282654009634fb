// nginx in a folder of its own, with what every use of it here has in common.
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

import { listening, start } from "./processes.mjs";

// Serves what `http`, lines of its http block, says; it listens on `port` in the end.
export async function runNginx(folder, { port, workers = 1, core, http }) {
  await mkdir(folder, { recursive: true });
  const file = (name) => path.join(folder, `nginx-${name}`);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `  ${name}_temp_path ${file(name)};`);
  await writeFile(file("conf"), `
worker_processes ${workers};
worker_rlimit_nofile 20000;
daemon off;
pid ${file("pid")};
error_log ${file("error")} warn;
events { worker_connections 8192; }
http {
  access_log off;
${temporary.join("\n")}
  keepalive_requests 1000000000;
${http}
}
`);
  const child = start(["nginx", "-c", file("conf"), "-e", file("error")], { core });
  await listening(port);
  return child;
}
