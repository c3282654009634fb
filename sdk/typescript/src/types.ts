// Made from docs/openapi.json by `npm run types`: change that, not this.

/** What went wrong, for programs. */
export type ErrorCode =
  | "BAD_REQUEST"
  | "INVALID_JSON"
  | "INVALID_KEY"
  | "UNKNOWN_PROVIDER"
  | "UNKNOWN_MODEL"
  | "INVALID_TENANT"
  | "UNSUPPORTED_PARAMETER"
  | "UNAUTHORIZED"
  | "FORBIDDEN"
  | "GLOBAL_KEY_NOT_ALLOWED"
  | "NOT_FOUND"
  | "KEY_NOT_FOUND"
  | "TENANT_NOT_FOUND"
  | "METHOD_NOT_ALLOWED"
  | "TENANT_EXISTS"
  | "REQUEST_TIMEOUT"
  | "LINK_USED"
  | "LINK_EXPIRED"
  | "LINK_REVOKED"
  | "LENGTH_REQUIRED"
  | "BODY_TOO_LARGE"
  | "UNSUPPORTED_MEDIA_TYPE"
  | "NO_PROVIDER_KEY"
  | "KEY_REJECTED"
  | "RATE_LIMITED"
  | "HEADERS_TOO_LARGE"
  | "INTERNAL"
  | "KEY_UNREADABLE"
  | "PROVIDER_UNREACHABLE"
  | "PROVIDER_ERROR"
  | "SEALED"
  | "DRAINING"
  | "OVERLOADED"
  | "STORE_FULL"
  | "AUDIT_UNAVAILABLE"
  | "PROVIDER_TIMEOUT";

/** A provider's name: `openai`, `anthropic`, `gemini`, or one that the operator configured. */
export type ProviderId = string;

/** A tenant's id. */
export type TenantId = string;

/** Whose key the call was made with: the tenant's own, or the operator's. */
export type KeySource = "tenant" | "global";

/**
 * What a token may do: `full` everything of its tenant, `chat` calls and models only, `admin`
 * everything of all tenants.
 */
export type Scope = "full" | "chat" | "admin";

/** A key was stored. */
export interface StoredKey {
  provider: ProviderId;
  stored: true;
  verified?: Verified;
}

/**
 * Only where `verify=true` was asked for: the provider takes the key; `restricted` where the
 * key is good but may not do everything.
 */
export type Verified = true | "restricted";

/** A stored key, as it may be shown. */
export interface ProviderKey {
  provider: ProviderId;
  /**
   * The key's first 5 characters, `...`, and its last 3; `...` alone where it is short or
   * does not open.
   */
  maskedKey: string;
  /** When its secret was stored. */
  setAt: string | null;
  /** When it was last encrypted anew. */
  rotatedAt: string | null;
  /** When the last call was made with it, to a few seconds. */
  lastUsedAt: string | null;
  /**
   * `active`; `restricted`: good for some calls only; `rejected`: the provider refused it,
   * until it takes it again; `unreadable`: it does not open, store it again.
   */
  status: "active" | "restricted" | "rejected" | "unreadable";
}

/** A tenant's stored keys. */
export interface ProviderKeyList {
  providers: ProviderKey[];
}

/** A key was encrypted anew. */
export interface RotatedKey {
  provider: ProviderId;
  /** When. */
  rotatedAt: string;
  verified?: Verified;
}

/** What the provider says of a stored key. */
export interface VerifiedKey {
  provider: ProviderId;
  /** `unknown` where the provider's answer tells nothing of the key. */
  status: "valid" | "restricted" | "rejected" | "unknown";
  /** When it was asked. */
  checkedAt: string;
}

/** A key was deleted. */
export interface DeletedKey {
  provider: ProviderId;
  deleted: true;
}

/**
 * A chat in OpenAI's shape, whoever's the model is. Every parameter of OpenAI's chat
 * completions is taken; what the model's provider has no counterpart for is left out, and
 * named in `X-Byok-Dropped`, or refused where the answer would be another.
 */
export interface ChatRequest {
  /** `gpt-4o`, `claude-sonnet-4-5`, `gemini-2.5-flash` …, or `PROVIDER/MODEL`. */
  model: string;
  /** The conversation, oldest first. */
  messages: ChatMessage[];
  /** Answer in server-sent events as the model writes. */
  stream?: boolean;
  /** Put before the messages, as what the model is to be. */
  systemPrompt?: string;
  /** How freely the model chooses. */
  temperature?: number | null;
  /** The most tokens to answer with. */
  maxTokens?: number;
  /** Another name of `maxTokens`. */
  max_tokens?: number;
  /** The same; it wins over the other two. */
  max_completion_tokens?: number;
  /** Chooses among the likeliest tokens that make up this share. */
  top_p?: number | null;
  /** How many answers to give. */
  n?: number;
  /** Where to stop writing. */
  stop?: string | string[];
  /** The same seed makes the same answer likelier. */
  seed?: number;
  /** What the model may call. */
  tools?: Tool[];
  /** Whether it must call one, and which. */
  tool_choice?: "none" | "auto" | "required" | Record<string, unknown>;
  /** Whether it may call several at once. */
  parallel_tool_calls?: boolean;
  /** Makes the answer JSON, by a schema or not. */
  response_format?: {
    type: "text" | "json_object" | "json_schema";
    /** `name`, `schema` and `strict`. */
    json_schema?: Record<string, unknown>;
  };
  /** How long to think. */
  reasoning_effort?: "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max";
  /** How much to say. */
  verbosity?: "low" | "medium" | "high";
  /** Keeps it from what was spoken of. */
  presence_penalty?: number | null;
  /** Keeps it from what was spoken of often. */
  frequency_penalty?: number | null;
  /** Makes tokens likelier or less likely. */
  logit_bias?: Record<string, number>;
  /** Asks the provider for the tokens' likelihood. */
  logprobs?: boolean;
  /** And for that of so many others. */
  top_logprobs?: number;
  /** What to answer with. */
  modalities?: string[];
  /** How to speak. */
  audio?: Record<string, unknown>;
  /** What the answer will be like. */
  prediction?: Record<string, unknown>;
  /** How to search the web. */
  web_search_options?: Record<string, unknown>;
  /** What `tools` were called before. */
  functions?: Record<string, unknown>[];
  /** What `tool_choice` was called before. */
  function_call?: string | Record<string, unknown>;
  /** Which of the provider's tiers serves the call. */
  service_tier?: string;
  /** Whether the provider keeps the answer. */
  store?: boolean;
  /** What the provider keeps with it. */
  metadata?: Record<string, string>;
  /** Names your user to the provider. */
  user?: string;
  /** The same, hashed. */
  safety_identifier?: string;
  /** Which calls share a cache. */
  prompt_cache_key?: string;
}

/** One turn of a conversation. */
export interface ChatMessage {
  /** Who speaks. */
  role: "system" | "developer" | "user" | "assistant" | "tool" | "function";
  /** What is said. An assistant's may be null where it calls tools. */
  content?: string | ContentPart[] | null;
  /** Who of those in this role. */
  name?: string;
  /** What the assistant called, as its answer said. */
  tool_calls?: ToolCall[];
  /** Of role `tool`: which call this answers. */
  tool_call_id?: string;
}

/** A part of a turn. */
export type ContentPart = TextPart | RefusalPart | ImagePart | AudioPart | FilePart;

/** Text. */
export interface TextPart {
  type: "text";
  text: string;
}

/** What the assistant refused with. */
export interface RefusalPart {
  type: "refusal";
  refusal: string;
}

/** A picture. */
export interface ImagePart {
  type: "image_url";
  image_url: {
    /** An `https` or `data` URL. */
    url: string;
    detail?: "auto" | "low" | "high" | "original";
  };
}

/** Sound. */
export interface AudioPart {
  type: "input_audio";
  input_audio: {
    /** In base64. */
    data: string;
    format: "wav" | "mp3";
  };
}

/** A file. */
export interface FilePart {
  type: "file";
  file: {
    /** A `data` URL. */
    file_data?: string;
    /** Of a file that the provider has. */
    file_id?: string;
    filename?: string;
  };
}

/** What the model may call. */
export type Tool = FunctionTool | CustomTool;

/** A tool that is called with text. OpenAI's models alone have it. */
export interface CustomTool {
  type: "custom";
  custom: Record<string, unknown>;
}

/** A function that the model may call. */
export interface FunctionTool {
  type: "function";
  function: {
    name: string;
    description?: string;
    /** A JSON Schema. */
    parameters?: Record<string, unknown>;
    strict?: boolean;
  };
}

/** A call of a tool. Give it back as it came: other members of it may matter to the provider. */
export interface ToolCall {
  id: string;
  type: "function";
  function: {
    name: string;
    /** JSON, as the model wrote it. */
    arguments: string;
  };
  [member: string]: unknown;
}

/** An answer, in one shape for the models of all providers. */
export interface ChatAnswer {
  /** What the model said; empty where it only called tools. */
  text: string;
  /** One for each answer that was asked for; `text` is the first's. */
  choices: ChatChoice[];
  /** What it wants called. Only where it does. */
  toolCalls?: ToolCall[];
  /** What it thought, where the provider tells. */
  reasoning?: string;
  provider: ProviderId;
  /** As the provider names it. */
  model: string;
  keySource: KeySource;
  /** The same as `X-Byok-Request-Id`. */
  logId: string;
  /** Tokens of the question. */
  inputTokens: number;
  /** Tokens of the answer. */
  outputTokens: number;
  usage: ChatUsage;
}

/** One of the answers. */
export interface ChatChoice {
  message: {
    role: "assistant";
    content: string | null;
  };
  /** Why it ended: `stop`, `length`, `tool_calls` or `content_filter`. */
  finish_reason: string;
}

/** The same counts by OpenAI's names. */
export interface ChatUsage {
  /** Tokens of the question. */
  prompt_tokens: number;
  /** Tokens of the answer. */
  completion_tokens: number;
  /** Both. */
  total_tokens: number;
}

/**
 * The data of an event of a streamed chat: any number of deltas, then one end or one error.
 * Lines that begin with a colon are signs of life. A stream that ends without an event whose
 * `done` is true was broken off.
 */
export type ChatEvent = ChatDelta | ChatEnd | ChatFailure;

/** A piece of an answer: one of the members of `delta`. */
export interface ChatDelta {
  delta: Delta;
  /** Which answer it belongs to, where it is not the first. */
  index?: number;
  done: false;
}

/** A piece of text, of thought, or of tool calls. */
export interface Delta {
  content?: string;
  reasoning?: string;
  toolCalls?: ToolCallDelta[];
}

/**
 * A piece of a tool call. The first of each `index` has `id` and `function.name`; the pieces
 * of `function.arguments` are put together.
 */
export interface ToolCallDelta {
  /** Which of the calls. */
  index: number;
  id?: string;
  type?: "function";
  function?: {
    name?: string;
    arguments?: string;
  };
  [member: string]: unknown;
}

/** The last event of a stream that went well. */
export interface ChatEnd {
  done: true;
  /** The same as `X-Byok-Request-Id`. */
  logId: string;
  provider: ProviderId;
  /** As the provider names it. */
  model: string;
  keySource: KeySource;
  /** Tokens of the question. */
  inputTokens: number;
  /** Tokens of the answer. */
  outputTokens: number;
  /** Why it ended: `stop`, `length`, `tool_calls` or `content_filter`. */
  finishReason: string;
}

/** The last event of a stream that failed after it had begun. */
export interface ChatFailure {
  error: ErrorCode;
  /** One sentence that says what happened. */
  message: string;
  /** The request's id, as in X-Byok-Request-Id. */
  requestId: string;
  done: true;
}

/** Texts to embed. Models of OpenAI's format take other parameters of OpenAI's too. */
export interface EmbeddingsRequest {
  /** Whose vectors to make, as for a chat. */
  model: string;
  /** A text or many; OpenAI's models take token numbers too. */
  input: string | string[] | number[] | number[][];
  /** How long the vectors are to be. */
  dimensions?: number;
}

/** A vector for each text, in their order. */
export interface EmbeddingsAnswer {
  embeddings: number[][];
  /** Without the provider's prefix. */
  model: string;
  /** Tokens of the texts; 0 where the provider does not tell. */
  inputTokens: number;
}

/** A model that the tenant can call. */
export interface Model {
  /** What to send as `model`. */
  id: string;
  provider: ProviderId;
  keySource: KeySource;
}

/** What a tenant can call now. */
export interface ModelList {
  models: Model[];
}

/** What was counted of one provider, model and key source. */
export interface UsageLine {
  provider: ProviderId;
  /**
   * Null for calls that name none. It is missing, like the tokens, where the operator asks
   * for what a tenant's own key was used for.
   */
  model?: string | null;
  keySource: KeySource;
  /** Calls. */
  requests: number;
  /** Tokens of questions. */
  inputTokens?: number;
  /** Tokens of answers. */
  outputTokens?: number;
  /** Calls that failed. */
  errors: number;
}

/** What a tenant called. */
export interface Usage {
  /** The first day, in UTC. */
  from: string;
  /** The last day, included. */
  to: string;
  usage: UsageLine[];
}

/** What to change of a tenant. */
export interface TenantChange {
  /** Whether it may use the operator's keys where it has none. */
  globalFallback?: boolean;
  /** What is not named stays; null puts both back to what the settings say. */
  limits?: TenantLimits | null;
}

/**
 * Limits of a tenant's own: a number, `off` (or 0) for none, or null for what the settings
 * say.
 */
export interface TenantLimits {
  /** Requests a second, in place of `limits.tenant_rps`. */
  rps?: number | "off" | null;
  /** Requests in flight, in place of `limits.tenant_concurrency`. */
  concurrency?: number | "off" | null;
}

/** What a tenant is held to now. */
export interface LimitsInForce {
  /** Requests a second. */
  rps: number | "off";
  /** Requests in flight. */
  concurrency: number | "off";
}

/** A tenant; its limits are left out in lists. */
export interface Tenant {
  id: TenantId;
  /** When it was made. */
  createdAt: string;
  /** Whether it may use the operator's keys where it has none. */
  globalFallback: boolean;
  limits?: TenantLimits;
  limitsInForce?: LimitsInForce;
}

/** A page of tenants, in order of their ids. */
export interface TenantList {
  tenants: Tenant[];
  /** What to send as `after` for the next page; missing on the last. */
  next?: TenantId;
}

/** A stored key, as the operator may see it. */
export interface TenantKey {
  provider: ProviderId;
  /** When its secret was stored. */
  setAt: string | null;
  /** When it was last encrypted anew. */
  rotatedAt: string | null;
  /** Which of the tenant's data keys it is under. */
  dekVersion: number;
}

/** A tenant with its keys and a page of its tokens. */
export interface TenantDetails {
  id: TenantId;
  /** When it was made. */
  createdAt: string;
  /** Whether it may use the operator's keys where it has none. */
  globalFallback: boolean;
  limits: TenantLimits;
  limitsInForce: LimitsInForce;
  providers: TenantKey[];
  tokens: Token[];
  /** What to send as `after` for the next page; missing on the last. */
  next?: string;
}

/** A tenant was deleted, with all that was its. */
export interface DeletedTenant {
  id: TenantId;
  deleted: true;
}

/** A token to make. */
export interface TokenOrder {
  /** What it is for, for whoever lists tokens. */
  name?: string;
  /** `full` where it is not said. A token of scope `admin` belongs to no tenant. */
  scope?: Scope;
  /**
   * How long it is good for, a second or more, such as `12h` or `30d`; for ever where it is
   * not said.
   */
  expires?: string;
}

/** A token, without its text. */
export interface Token {
  /** Names it in lists and in the audit log. */
  id: string;
  /** Null for an operator's. */
  tenant: TenantId | null;
  /** What it is for. */
  name: string;
  scope: Scope;
  /** When it was made. */
  createdAt: string;
  /** From when on it is refused. */
  expiresAt: string | null;
  /** When it was last used, to a few seconds. */
  lastUsedAt: string | null;
}

/** A new token: the only answer that shows its text. */
export interface CreatedToken {
  /** Names it in lists and in the audit log. */
  id: string;
  /**
   * `byok_`, `byokchat_` or `byokadmin_`, 43 random characters and 6 of a checksum. Nobody
   * can show it again.
   */
  token: string;
  /** Null for an operator's. */
  tenant: TenantId | null;
  /** What it is for. */
  name: string;
  scope: Scope;
  /** When it was made. */
  createdAt: string;
  /** From when on it is refused. */
  expiresAt: string | null;
}

/** A page of tokens, without their text, in order of their ids. */
export interface TokenList {
  tokens: Token[];
  /** What to send as `after` for the next page; missing on the last. */
  next?: string;
}

/** A token is refused from the next request on. */
export interface RevokedToken {
  id: string;
  revoked: true;
}

/** A link to make. */
export interface LinkOrder {
  /** For whom the key is stored. */
  tenant: TenantId;
  /** Whose key it asks for. */
  provider: ProviderId;
  /**
   * How long it can be used, from a second to 30 days, such as `12h` or `7d`; `24h` where it
   * is not said.
   */
  expires?: string;
  /** What its page says of who asks, and why. */
  note?: string;
}

/** A new link: the only answer that shows it. */
export interface CreatedLink {
  /** Names it in lists and in the audit log. */
  id: string;
  /**
   * What to send to the customer: whoever opens it first can store the key. Its secret stands
   * behind `#`, which browsers do not send. Nobody can show it again.
   */
  url: string;
  tenant: TenantId;
  provider: ProviderId;
  /** What its page says of who asks, and why. */
  note: string;
  /** When it was made. */
  createdAt: string;
  /** From when on it is refused. */
  expiresAt: string;
}

/** A link, without its secret. */
export interface Link {
  /** Names it in lists and in the audit log. */
  id: string;
  tenant: TenantId;
  provider: ProviderId;
  /** What its page says of who asks, and why. */
  note: string;
  /** What became of it. One that is over is forgotten after a month. */
  state: "open" | "used" | "expired" | "revoked";
  /** When it was made. */
  createdAt: string;
  /** From when on it is refused. */
  expiresAt: string;
  /** When the key came. */
  usedAt: string | null;
  /** When it was revoked. */
  revokedAt: string | null;
}

/** A page of links, without their secrets, in order of their ids. */
export interface LinkList {
  links: Link[];
  /** What to send as `after` for the next page; missing on the last. */
  next?: string;
}

/** A link is refused from the next request on. */
export interface RevokedLink {
  id: string;
  revoked: true;
}
