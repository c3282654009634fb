export type { Admin } from "./admin.js";
export type { Ai, Chat, SetKeyOptions, UsageOptions } from "./ai.js";
export type { ChatResult, ChatStream } from "./chat-stream.js";
export { Byok, Byok as NeureuAI, type ByokOptions } from "./client.js";
export {
  ByokAbortError, ByokApiError, ByokConnectionError, ByokError, ByokTimeoutError,
} from "./errors.js";
export type { CallOptions } from "./http.js";
export type { LinkFilter, Links } from "./links.js";
export type * from "./types.js";
