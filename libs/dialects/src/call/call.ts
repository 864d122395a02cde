import type { MediaFacts } from '../tokens/media-part.js';
import type { UsageTraits } from '../usage/usage-reading.js';
import type { AnswerClosing } from './answer-closing.js';
import type { AnswerStream, WholeAnswer, WrittenAnswer } from './answer-stream.js';
import type { CallUnits } from './call-units.js';
import type { RequestProblem } from './request-problem.js';

/** What an endpoint can be spoken to in; those of the routing table. */
export type UpstreamDialect =
  | 'chat'
  | 'responses'
  | 'messages'
  | 'gemini'
  | 'converse'
  | 'embeddings'
  | 'images'
  | 'speech'
  | 'transcriptions'
  | 'rerank';

/** What a request needs of an endpoint; words of the routing table's capabilities. */
export type CallNeed = 'tools' | 'images' | 'structured-output' | 'files' | 'audio';

/** What the gateway knows of a call before anybody is asked: who may answer it, what it needs to hold. */
export interface CallFacts {
  readonly model: string;
  readonly stream: boolean;
  /** The output limit the client wrote; null when it wrote none. As large as it likes: the edge clamps. */
  readonly maxTokens: number | null;
  /** `n`, 1 when absent. */
  readonly choices: number;
  readonly endUser: string | null;
  readonly session: string | null;
  readonly serviceTier: string | null;
  /** Fallback models of the gateway parameter `models`, in their order. */
  readonly models: readonly string[];
  /** The gateway parameter `provider` as the client wrote it: what it wants of routing. Undefined when it wrote none. */
  readonly provider?: unknown;
  readonly needs: readonly CallNeed[];
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
  /** Of dialects that are sold by something other than tokens; null for all others. */
  readonly units: CallUnits | null;
}

/** A request as it came, with everything that a dialect may read of it. */
export interface CallSource {
  readonly body: Buffer;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The path without its query; Gemini has the model in it. */
  readonly path: string;
  /** What stands behind the path's question mark, empty without one; absent where nobody looked. */
  readonly query?: string;
  readonly random: () => number;
  /** Seconds since 1970; the machine's clock when absent. */
  readonly nowSeconds?: () => number;
  /** The stored response whose items were put in front of the input; its id is told in the answer. */
  readonly replayedResponseId?: string | null;
}

/** One endpoint, as far as a dialect has to know it. */
export interface CallTarget {
  readonly dialect: UpstreamDialect;
  /** The upstream's name of the model. */
  readonly model: string;
  /** The output limit to send; null leaves the client's. */
  readonly maxTokens: number | null;
  /** The most output that the endpoint takes. */
  readonly maxOutputTokens: number;
  readonly traits: EndpointTraits;
}

/** What an endpoint does differently, as data. */
export interface EndpointTraits extends UsageTraits {
  /** The only name of chat's output limit that it takes; null = either. */
  readonly maxTokensKey: 'max_tokens' | 'max_completion_tokens' | null;
  /** The member of chat's messages in which it wants its own thinking back (DeepSeek, Moonshot, OpenRouter); none = null. */
  readonly reasoningKey?: 'reasoning_content' | 'reasoning' | 'reasoning_details' | null;
}

/** What every attempt shows the client alike. */
export interface CallFace {
  /** The public name of the model. */
  readonly model: string;
  /** For answers and events that we write before the upstream has told its own: `gen_…`, and seconds since 1970. */
  readonly standIn: { readonly id: string; readonly createdSeconds: number };
  /** Whose clients read it: OpenRouter's want a chat stream to break with a whole chunk. */
  readonly skin: 'own' | 'openrouter';
}

/** What is sent to an endpoint. */
export interface CallRequest {
  readonly body: readonly Buffer[];
  readonly contentType: string;
  /** The client's own headers that this dialect passes on (`anthropic-beta`), names and values in turn. */
  readonly headers: readonly string[];
  /** Where a dialect has several paths (`/images/edits`); default: its usual one. */
  readonly operation?: 'edits' | null;
}

/** An error inside a running stream. */
export interface StreamError {
  readonly message: string;
  readonly type: string;
  /** An HTTP status. */
  readonly status: number;
  /** The catalogue's code. */
  readonly code: string;
}

/**
 * One call of a client, read: what admission needs to know of it, and how it is said to an endpoint and its answer to the
 * client. One per request; it remembers what the client has been told of the stream, whichever attempt told it.
 */
export interface Call {
  readonly facts: CallFacts;
  /** False: a stream of it is sound, into which nothing can be written; its head waits for its first byte. Default: true. */
  readonly hasEvents?: boolean;
  /** What it can be said in, its own dialect first: bytes pass there. */
  readonly spoken: readonly UpstreamDialect[];
  /** Why it cannot be carried over to that dialect; null when it can. Asked before the admission. */
  problemFor(dialect: UpstreamDialect): RequestProblem | null;
  /** Only for dialects without a problem. */
  request(target: CallTarget): CallRequest;
  openStream(target: CallTarget, face: CallFace): AnswerStream;
  readAnswer(body: Buffer, target: CallTarget, face: CallFace): WholeAnswer;
  /** For a client that waits; only between events. The first one may have to open the stream. Empty when there is none. */
  keepAlive(face: CallFace): Buffer;
  /** The last bytes of a stream that broke: it must not look whole. */
  brokenStream(error: StreamError, face: CallFace): Buffer;
  /** The answer to a request that was not streamed and whose hold ran out: empty, ended by its output limit. */
  exhausted(closing: AnswerClosing, face: CallFace): WrittenAnswer;
}

export type CallReading = { readonly call: Call } | { readonly problem: RequestProblem };

/** How a client's dialect is read. Never throws. */
export type CallReader = (source: CallSource) => CallReading;
