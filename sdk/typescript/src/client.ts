// The client: where byokd is, and who calls.
import { Admin } from "./admin.js";
import { Ai } from "./ai.js";
import { Http } from "./http.js";
import { limitsOf } from "./limits.js";
import { overFetch, type Transport } from "./transport.js";
import { overSocket } from "./unix.js";

export interface ByokOptions {
  /**
   * A token of byokd's: a tenant's, or an operator's. Left out, on a Unix socket only, the user
   * that the program runs as is who calls. In a browser use none but those of scope `chat`.
   */
  apiKey?: string;
  /** `http://127.0.0.1:8484` where it is not said; `unix:PATH` for a Unix socket, in Node only. */
  baseUrl?: string;
  /** Whom an operator acts for; the tenant `default` where it is not said. */
  tenant?: string;
  /**
   * Milliseconds to wait for an answer, or for the next piece of a stream: 600,000 where it is not
   * said. What takes longer fails with a `ByokTimeoutError`, and is not tried again.
   */
  timeout?: number;
  /** How often to try again what failed for a while, with growing waits: 2 where it is not said. */
  maxRetries?: number;
  /** In place of the platform's own. */
  fetch?: typeof globalThis.fetch;
}

// What is missing by mistake must not make the caller somebody else: the operator on a Unix socket,
// or the tenant `default`. Hence an option that is there must be filled.
function filled(options: ByokOptions, name: "apiKey" | "tenant", hint: string): string {
  const value: unknown = options[name];
  const text = typeof value === "string" ? value.trim() : "";
  if (!/^[!-~]+$/.test(text)) throw new TypeError(`${name} must be ${hint}`);
  return text;
}

function headersFor(options: ByokOptions, needsToken: boolean): Record<string, string> {
  const headers: Record<string, string> = {};
  if (needsToken || "apiKey" in options) {
    const hint = "a token of byokd's: `byok token create` makes one";
    headers["authorization"] = `Bearer ${filled(options, "apiKey", hint)}`;
  }
  if ("tenant" in options) headers["x-byok-tenant"] = filled(options, "tenant", "a tenant's id");
  return headers;
}

// Node takes a socket without a path for a host that is not said: localhost, over TCP.
function socketAt(path: string): Transport {
  if (!path.trim()) throw new TypeError("baseUrl must name a socket's path behind unix:");
  return overSocket(path);
}

function transportTo(baseUrl: string, fetch: typeof globalThis.fetch): Transport {
  const url = new URL(baseUrl);
  const plain = url.username + url.password + url.search + url.hash === "";
  if (!/^https?:$/.test(url.protocol) || !plain) {
    throw new TypeError("baseUrl must be http://HOST, https://HOST or unix:PATH");
  }
  return overFetch(baseUrl.replace(/\/+$/, ""), fetch);
}

/**
 * A client of byokd for one tenant, or for the operator.
 *
 *     const byok = new Byok({ apiKey: token, baseUrl: "https://byok.example.com" });
 *     const { text } = await byok.ai.chat({ model, messages });
 *
 * Throws a `TypeError` for options that cannot be right.
 */
export class Byok {
  /** Provider keys and calls. */
  readonly ai: Ai;
  /** Tenants and tokens, for operators. */
  readonly admin: Admin;

  constructor(options: ByokOptions) {
    const { baseUrl = "http://127.0.0.1:8484" } = options;
    const limits = limitsOf(options, { timeout: 600_000, maxRetries: 2 });
    const unix = baseUrl.startsWith("unix:");
    const fetch: typeof globalThis.fetch =
      options.fetch ?? ((input, init) => globalThis.fetch(input, init));
    const transport =
      unix ? socketAt(baseUrl.slice("unix:".length)) : transportTo(baseUrl, fetch);
    const http = new Http(transport, headersFor(options, !unix), limits);
    this.ai = new Ai(http);
    this.admin = new Admin(http);
  }
}
