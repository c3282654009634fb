// A chat that is read while the model writes.
import { ByokAbortError, ByokApiError, ByokConnectionError, ByokError } from "./errors.js";
import type { Events } from "./http.js";
import type { ChatDelta, ChatEnd, ChatEvent, ToolCall, ToolCallDelta } from "./types.js";

/** What a streamed chat comes to. */
export interface ChatResult extends Omit<ChatEnd, "done"> {
  /** All that the model said. */
  text: string;
  /** What it wants called. Only where it does. */
  toolCalls?: ToolCall[];
  /** What it thought. Only where the provider tells. */
  reasoning?: string;
}

function parse(text: string, requestId: string | undefined): ChatEvent {
  try {
    return JSON.parse(text) as ChatEvent;
  } catch {
    const message = "the stream is not byokd's: look at baseUrl and at what is before it";
    throw new ByokApiError("UNEXPECTED_ANSWER", message, { status: 200, requestId });
  }
}

/** Puts the deltas of the first answer together. */
class Gathered {
  #text = "";
  #reasoning = "";
  readonly #calls: ToolCall[] = [];

  add({ delta, index = 0 }: ChatDelta): void {
    if (index > 0) return;
    this.#text += delta.content ?? "";
    this.#reasoning += delta.reasoning ?? "";
    for (const piece of delta.toolCalls ?? []) this.#addCall(piece);
  }

  #addCall({ index, function: called, ...more }: ToolCallDelta): void {
    const call = this.#calls[index] ??=
      { id: "", type: "function", function: { name: "", arguments: "" } };
    Object.assign(call, more);
    call.function.name += called?.name ?? "";
    call.function.arguments += called?.arguments ?? "";
  }

  result({ done: _, ...end }: ChatEnd): ChatResult {
    const calls = this.#calls.filter(Boolean);
    return {
      text: this.#text,
      ...(calls.length > 0 && { toolCalls: calls }),
      ...(this.#reasoning && { reasoning: this.#reasoning }),
      ...end,
    };
  }
}

/**
 * A streamed chat. Read it once, with `for await`, for the pieces of its text; leaving the loop ends
 * the call. The call is made when reading begins, and what it fails with is thrown there, a stream
 * that breaks off included. `final()` gives the whole.
 */
export class ChatStream implements AsyncIterable<string> {
  readonly #open: () => Promise<Events>;
  readonly #final: Promise<ChatResult>;
  #settle!: { resolve(result: ChatResult): void; reject(error: unknown): void };
  #begun = false;

  /** `open` makes the call. */
  constructor(open: () => Promise<Events>) {
    this.#open = open;
    this.#final = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Whoever reads the pieces need not ask for the whole.
    this.#final.catch(() => {});
  }

  /** The pieces of the text as they come; with several answers (`n`), the first one's. */
  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, undefined> {
    for await (const { delta, index } of this.deltas()) {
      if (delta.content && index === undefined) yield delta.content;
    }
  }

  /** All that comes: text, reasoning and tool calls, of each answer. In place of the text alone. */
  async *deltas(): AsyncGenerator<ChatDelta, void, undefined> {
    if (this.#begun) throw new ByokError("this stream is read already: final() gives the whole");
    this.#begun = true;
    try {
      const gathered = new Gathered();
      const { requestId, data } = await this.#open();
      let end: ChatEnd | undefined;
      // On behind the last event, so that the connection can serve another call.
      for await (const text of data) {
        const event = parse(text, requestId);
        if ("error" in event) {
          throw new ByokApiError(event.error, event.message, { status: 200, requestId });
        }
        if (event.done) {
          end = event;
        } else {
          gathered.add(event);
          yield event;
        }
      }
      if (!end) throw new ByokConnectionError("the stream broke off before its end");
      this.#settle.resolve(gathered.result(end));
    } catch (error) {
      this.#settle.reject(error);
      throw error;
    } finally {
      // Without effect where it is settled.
      this.#settle.reject(new ByokAbortError("the stream was left before its end"));
    }
  }

  /**
   * The whole, with tokens and finish reason, once the stream has ended. Reads it, where nobody has
   * begun to; else whoever does must read on for this to come. Fails with what the stream fails with.
   */
  final(): Promise<ChatResult> {
    if (!this.#begun) this.#drain().catch(() => {});
    return this.#final;
  }

  async #drain(): Promise<void> {
    const deltas = this.deltas();
    while (!(await deltas.next()).done);
  }
}
