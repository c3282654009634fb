// Links by which a tenant's customer hands over a key that the operator never sees.
import { segment, type CallOptions, type Http } from "./http.js";
import type { CreatedLink, Link, LinkList, LinkOrder, RevokedLink } from "./types.js";

const linkPath = (id: string) => `/admin/links/${segment(id)}`;

/** Which links to list: all, or those of one tenant. */
export interface LinkFilter {
  tenant?: string;
}

/** Takes a token of scope `admin`, or the Unix socket's peer; others get `FORBIDDEN`. */
export class Links {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /**
   * Makes a link that takes one key. The answer's `url` is what to send to the customer; nobody can
   * show it again. Fails with `TENANT_NOT_FOUND`, `UNKNOWN_PROVIDER`, and `BAD_REQUEST` where byokd
   * does not serve the page that it leads to.
   */
  async create(order: LinkOrder, options: CallOptions = {}): Promise<CreatedLink> {
    const path = "/admin/links";
    return this.#http.json({ method: "POST", path, body: order, once: true }, options);
  }

  /**
   * Links in order of their ids, asked for page by page while they are read. Fails with
   * `TENANT_NOT_FOUND`.
   */
  async *list({ tenant }: LinkFilter = {}, options: CallOptions = {}):
  AsyncGenerator<Link, void, undefined> {
    const path = "/admin/links";
    let after: string | undefined;
    do {
      const page: LinkList =
        await this.#http.json({ method: "GET", path, query: { tenant, after } }, options);
      yield* page.links;
      after = page.next;
    } while (after !== undefined);
  }

  /** A link, and what became of it. Fails with `NOT_FOUND`. */
  async get(id: string, options: CallOptions = {}): Promise<Link> {
    return this.#http.json({ method: "GET", path: linkPath(id) }, options);
  }

  /**
   * Revokes a link: it is refused from the next request on. Fails with `NOT_FOUND`, and with
   * `LINK_USED` where a key came by it before.
   */
  async revoke(id: string, options: CallOptions = {}): Promise<RevokedLink> {
    return this.#http.json({ method: "DELETE", path: linkPath(id) }, options);
  }
}
