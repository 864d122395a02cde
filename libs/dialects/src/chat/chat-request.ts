import type { ByteRange, MemberRange } from '../json/scan-document.js';
import type { MediaFacts } from '../tokens/media-part.js';

/** What a request needs of an endpoint; words of the routing table's capabilities. */
export type ChatNeed = 'tools' | 'images' | 'structured-output' | 'files' | 'audio';

/** A refused request. `code` is of the error catalogue, `detail` and `limit` fill its message. */
export interface RequestProblem {
  readonly code: 'invalid_json' | 'duplicate_key' | 'json_too_deep' | 'missing_parameter' | 'invalid_parameter';
  readonly param: string | null;
  readonly detail: string;
  readonly limit: string | null;
}

/** What the gateway reads of a chat request; all else passes through unread. */
export interface ChatRequest {
  readonly model: string;
  readonly stream: boolean;
  /** The client asked for its own usage chunk. */
  readonly includeUsage: boolean;
  /** The limit the client wrote; null when it wrote none. As large as it likes: the edge clamps. */
  readonly maxTokens: number | null;
  readonly maxTokensKey: 'max_tokens' | 'max_completion_tokens' | null;
  /** `n`, 1 when absent. */
  readonly choices: number;
  readonly endUser: string | null;
  readonly session: string | null;
  readonly serviceTier: string | null;
  /** Fallback models of the gateway parameter `models`, in their order. */
  readonly models: readonly string[];
  readonly needs: readonly ChatNeed[];
  /** Tokens of all text that is sent as prompt, before the model's learned factor and the hold's margin. */
  readonly estimatedTextTokens: number;
  /** What else is sent; `mediaTokens` counts it for a model. */
  readonly media: MediaFacts;
  /** Some part of the prompt is to be kept for an hour. */
  readonly asksHourOfCache: boolean;
  /** The answer may be more than text. */
  readonly asksModalities: boolean;
  /** The provider is to search the web. */
  readonly asksWebSearch: boolean;
  /** Bytes of the `messages` value. */
  readonly messagesBytes: number;
}

/** Where the body is changed before it goes upstream. Belongs to the body it was read from. */
export interface ChatSplices {
  /** The opening brace of the document. */
  readonly open: number;
  readonly model: MemberRange;
  /** The members that say the output limit; both keys may stand there when they agree. */
  readonly maxTokens: readonly MemberRange[];
  readonly streamOptions: MemberRange | null;
  /** The `include_usage` value inside `stream_options`, when there is one. */
  readonly includeUsage: ByteRange | null;
  /** Gateway parameters, consumed here. */
  readonly gateway: readonly MemberRange[];
  /** All members in the order of the document; needed to take commas out with them. */
  readonly members: readonly MemberRange[];
}

export type ChatRequestReading =
  { readonly request: ChatRequest; readonly splices: ChatSplices } | { readonly problem: RequestProblem };

export interface ChatRequestChanges {
  /** The upstream's name of the model. */
  readonly model: string;
  /** Ask the upstream for usage in the stream; pass what `request.stream` says. */
  readonly includeUsage: boolean;
  /** The output limit to send, or null to leave what the client wrote. */
  readonly maxTokens: number | null;
  /** The endpoint's own name of the limit (a provider's quirk); null keeps the client's, `max_tokens` when it wrote none. */
  readonly maxTokensKey: 'max_tokens' | 'max_completion_tokens' | null;
}
