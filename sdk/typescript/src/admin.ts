// What the operator does: tenants, their tokens, and links by which their keys are handed over.
import { Links } from "./links.js";
import { segment, type CallOptions, type Http } from "./http.js";
import type {
  CreatedToken, DeletedTenant, RevokedToken, Tenant, TenantChange, TenantDetails, TenantList,
  TokenList, TokenOrder,
} from "./types.js";

const tenantPath = (id: string) => `/admin/tenants/${segment(id)}`;

/** Takes a token of scope `admin`, or the Unix socket's peer; others get `FORBIDDEN`. */
export class Admin {
  readonly #http: Http;

  /** Links by which customers hand over keys. */
  readonly links: Links;

  constructor(http: Http) {
    this.#http = http;
    this.links = new Links(http);
  }

  /** Makes a tenant. Fails with `TENANT_EXISTS`, `INVALID_TENANT`. */
  async createTenant(id: string, settings: Partial<TenantChange> = {}, options: CallOptions = {}):
  Promise<Tenant> {
    const body = { ...settings, id };
    return this.#http.json({ method: "POST", path: "/admin/tenants", body, once: true }, options);
  }

  /** All tenants, in order of their ids, asked for page by page while they are read. */
  async *listTenants(options: CallOptions = {}): AsyncGenerator<Tenant, void, undefined> {
    let after: string | undefined;
    do {
      const page: TenantList =
        await this.#http.json({ method: "GET", path: "/admin/tenants", query: { after } }, options);
      yield* page.tenants;
      after = page.next;
    } while (after !== undefined);
  }

  /** A tenant with its limits, its keys and its first 1000 tokens. Fails with `TENANT_NOT_FOUND`. */
  async getTenant(id: string, options: CallOptions = {}): Promise<TenantDetails> {
    return this.#http.json({ method: "GET", path: tenantPath(id) }, options);
  }

  /** Changes a tenant. Fails with `TENANT_NOT_FOUND`. */
  async updateTenant(id: string, change: TenantChange, options: CallOptions = {}): Promise<Tenant> {
    return this.#http.json({ method: "PATCH", path: tenantPath(id), body: change }, options);
  }

  /** Deletes a tenant with its keys and tokens, for good. Fails with `TENANT_NOT_FOUND`. */
  async deleteTenant(id: string, options: CallOptions = {}): Promise<DeletedTenant> {
    return this.#http.remove(tenantPath(id), "TENANT_NOT_FOUND", { id, deleted: true }, options);
  }

  /**
   * Makes a token of a tenant. The answer's `token` is its text, which nobody can show again.
   * Fails with `TENANT_NOT_FOUND`.
   */
  async createToken(tenant: string, order: TokenOrder = {}, options: CallOptions = {}):
  Promise<CreatedToken> {
    const path = `${tenantPath(tenant)}/tokens`;
    return this.#http.json({ method: "POST", path, body: order, once: true }, options);
  }

  /** All of a tenant's tokens, without their text. Fails with `TENANT_NOT_FOUND`. */
  async listTokens(tenant: string, options: CallOptions = {}): Promise<TokenList> {
    const tokens: TokenList["tokens"] = [];
    const path = `${tenantPath(tenant)}/tokens`;
    let after: string | undefined;
    do {
      const page: TokenList =
        await this.#http.json({ method: "GET", path, query: { after } }, options);
      tokens.push(...page.tokens);
      after = page.next;
    } while (after !== undefined);
    return { tokens };
  }

  /** Revokes a token, by its id: it is refused from the next request on. Fails with `NOT_FOUND`. */
  async revokeToken(id: string, options: CallOptions = {}): Promise<RevokedToken> {
    const path = `/admin/tokens/${segment(id)}`;
    return this.#http.remove(path, "NOT_FOUND", { id, revoked: true }, options);
  }
}
