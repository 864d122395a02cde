import type { CallFacts } from '../call/call.js';
import type { RequestProblem } from '../call/request-problem.js';
import type { ByteRange, MemberRange } from '../json/scan-document.js';

/** What the gateway reads of a chat request; all else passes through unread. */
export interface ChatRequest extends CallFacts {
  /** The client asked for its own usage chunk. */
  readonly includeUsage: boolean;
  /** The client does not want to see the thinking (OpenRouter's `reasoning.exclude`). */
  readonly hidesReasoning: boolean;
  readonly maxTokensKey: 'max_tokens' | 'max_completion_tokens' | null;
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
