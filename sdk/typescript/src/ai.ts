// What a tenant does: keep its providers' keys, and call models with them.
import { ChatStream } from "./chat-stream.js";
import { segment, type CallOptions, type Http } from "./http.js";
import type {
  ChatAnswer, ChatRequest, DeletedKey, EmbeddingsAnswer, EmbeddingsRequest, ModelList,
  ProviderKeyList, RotatedKey, StoredKey, Usage, VerifiedKey,
} from "./types.js";

/** A chat to be made; whether it streams is told by the method. */
export type Chat = Omit<ChatRequest, "stream">;

export interface SetKeyOptions extends CallOptions {
  /** Ask the provider first, and store nothing that it does not take. */
  verify?: boolean | undefined;
}

export interface UsageOptions extends CallOptions {
  /** The first day, in UTC, such as `2026-06-20`; 30 days with the last where it is not said. */
  from?: string | undefined;
  /** The last day, included; today where it is not said. */
  to?: string | undefined;
}

const keyPath = (provider: string) => `/ai/providers/${segment(provider)}`;

/**
 * Each method fails with a `ByokApiError` where byokd answers with an error, and with a
 * `ByokConnectionError`, `ByokTimeoutError` or `ByokAbortError` where there is no answer.
 */
export class Ai {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /**
   * Stores the tenant's key for a provider, in place of the one before.
   * Fails with `INVALID_KEY`, `UNKNOWN_PROVIDER`; with `verify` also with `KEY_REJECTED` and
   * `PROVIDER_UNREACHABLE`, and then nothing is stored.
   */
  async setProviderKey(provider: string, apiKey: string, options: SetKeyOptions = {}):
  Promise<StoredKey> {
    const query = { verify: options.verify ? "true" : undefined };
    const path = keyPath(provider);
    return this.#http.json({ method: "PUT", path, query, body: { apiKey } }, options);
  }

  /** The stored keys, masked: which there are, since when, and whether the providers take them. */
  async listProviderKeys(options: CallOptions = {}): Promise<ProviderKeyList> {
    return this.#http.json({ method: "GET", path: "/ai/providers" }, options);
  }

  /**
   * Encrypts the stored key anew, or puts `newKey` in its place; calls go on meanwhile.
   * Fails with `KEY_NOT_FOUND`, `INVALID_KEY`; with `verify`, which is for a new key, also with
   * `KEY_REJECTED` and `PROVIDER_UNREACHABLE`, and then the old one stays.
   */
  async rotateProviderKey(provider: string, newKey?: string, options: SetKeyOptions = {}):
  Promise<RotatedKey> {
    const query = { verify: options.verify ? "true" : undefined };
    const path = `${keyPath(provider)}/rotate`;
    const body = newKey === undefined ? undefined : { apiKey: newKey };
    return this.#http.json({ method: "POST", path, query, body }, options);
  }

  /** Asks the provider whether it takes the stored key. Fails with `KEY_NOT_FOUND`. */
  async verifyProviderKey(provider: string, options: CallOptions = {}): Promise<VerifiedKey> {
    return this.#http.json({ method: "POST", path: `${keyPath(provider)}/verify` }, options);
  }

  /** Deletes the stored key, for good. Fails with `KEY_NOT_FOUND`. */
  async deleteProviderKey(provider: string, options: CallOptions = {}): Promise<DeletedKey> {
    const done: DeletedKey = { provider, deleted: true };
    return this.#http.remove(keyPath(provider), "KEY_NOT_FOUND", done, options);
  }

  /**
   * Asks a model and waits for the whole answer, whose `text` is what it said.
   * Fails with `NO_PROVIDER_KEY`, `KEY_REJECTED`, `UNKNOWN_MODEL`, `UNSUPPORTED_PARAMETER`,
   * `RATE_LIMITED`, `PROVIDER_ERROR` …
   */
  async chat(chat: Chat, options: CallOptions = {}): Promise<ChatAnswer> {
    const body = { ...chat, stream: false };
    return this.#http.json({ method: "POST", path: "/ai/chat", body }, options);
  }

  /** Asks a model, for an answer to be read while it comes. Reading fails as chat() does. */
  stream(chat: Chat, options: CallOptions = {}): ChatStream {
    const body = { ...chat, stream: true };
    return new ChatStream(() =>
      this.#http.events({ method: "POST", path: "/ai/chat", body }, options));
  }

  /** Embeds a text, or many: a vector for each, in their order. Fails as chat() does. */
  async embed(request: EmbeddingsRequest, options: CallOptions = {}): Promise<EmbeddingsAnswer> {
    return this.#http.json({ method: "POST", path: "/ai/embeddings", body: request }, options);
  }

  /** The models that can be called now: those of each provider that there is a key for. */
  async models(options: CallOptions = {}): Promise<ModelList> {
    return this.#http.json({ method: "GET", path: "/ai/models" }, options);
  }

  /** What was called, by provider, model and key, and the tokens that it took. */
  async usage({ from, to, ...options }: UsageOptions = {}): Promise<Usage> {
    return this.#http.json({ method: "GET", path: "/ai/usage", query: { from, to } }, options);
  }
}
