// TLS in front of the benchmark's provider: nginx with a certificate of an authority made for the
// run.
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

import { runNginx } from "./nginx.mjs";
import { freePort, run, stop } from "./processes.mjs";

export async function startTlsFront(folder, upstream, core) {
  await mkdir(folder, { recursive: true });
  const file = (name) => path.join(folder, name);
  const openssl = (...words) => run(["openssl", ...words]);
  await openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
    "-days", "2", "-subj", "/CN=benchmark authority", "-keyout", file("ca.key"), "-out", file("ca.pem"));
  await openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
    "-subj", "/CN=localhost", "-keyout", file("server.key"), "-out", file("server.csr"));
  await writeFile(file("san"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  await openssl("x509", "-req", "-in", file("server.csr"), "-CA", file("ca.pem"), "-CAkey",
    file("ca.key"), "-CAcreateserial", "-days", "2", "-extfile", file("san"), "-out", file("server.pem"));
  const port = await freePort();
  const child = await runNginx(folder, { port, core, http: `
  upstream provider { server 127.0.0.1:${upstream}; keepalive 2048; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} ssl backlog=4096;
    ssl_certificate ${file("server.pem")};
    ssl_certificate_key ${file("server.key")};
    location / {
      proxy_pass http://provider;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }
  }` });
  return { origin: `https://localhost:${port}`, ca: file("ca.pem"), stop: () => stop(child) };
}
