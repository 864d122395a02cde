import type { RequestProblem } from '../call/request-problem.js';
import type { CacheMark, TurnPart } from './turn-part.js';

/**
 * `system` and `developer` stand where the client put them; a dialect that has one system prompt in front gathers the
 * leading ones there. `tool` carries tool results alone.
 */
export interface TurnMessage {
  readonly role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  readonly parts: readonly TurnPart[];
  /** A speaker's name; null when the client gave none. */
  readonly name: string | null;
}

export type JsonRecord = Readonly<Record<string, unknown>>;

export type TurnTool =
  | {
      readonly form: 'function';
      readonly name: string;
      readonly namespace: string | null;
      readonly description: string | null;
      /** A JSON schema of an object; null = no arguments. */
      readonly parameters: JsonRecord | null;
      readonly strict: boolean | null;
      readonly cache: CacheMark | null;
    }
  | {
      /** Takes free text, optionally in a grammar (Codex' apply_patch). */
      readonly form: 'custom';
      readonly name: string;
      readonly namespace: string | null;
      readonly description: string | null;
      readonly grammar: { readonly syntax: string; readonly definition: string } | null;
    }
  | {
      /** The provider searches the web itself. */
      readonly form: 'web_search';
      readonly contextSize: 'low' | 'medium' | 'high' | null;
      readonly allowedDomains: readonly string[];
      readonly usesMax: number | null;
    };

export type ToolChoice =
  | { readonly kind: 'auto' | 'none' | 'required' }
  | { readonly kind: 'tool'; readonly name: string }
  | { readonly kind: 'allowed'; readonly mode: 'auto' | 'required'; readonly names: readonly string[] };

export type OutputFormat =
  | { readonly kind: 'text' | 'json_object' }
  | {
      readonly kind: 'json_schema';
      readonly name: string;
      readonly description: string | null;
      readonly schema: JsonRecord;
      readonly strict: boolean | null;
    };

export interface ReasoningWish {
  /** `none`, `minimal`, `low`, `medium`, `high`, `xhigh`, `max`; null = the model's own. */
  readonly effort: string | null;
  /** Tokens to think with at most; null = not said. */
  readonly maxTokens: number | null;
  /** `auto`, `concise`, `detailed`; null = no summary asked for. */
  readonly summary: string | null;
  /** The client does not want to see it. */
  readonly exclude: boolean;
}

/** Everything else that shapes the answer. Null or empty = the client said nothing. */
export interface Sampling {
  readonly temperature: number | null;
  readonly topP: number | null;
  readonly topK: number | null;
  readonly seed: number | null;
  readonly stop: readonly string[];
  readonly presencePenalty: number | null;
  readonly frequencyPenalty: number | null;
  readonly logitBias: JsonRecord | null;
  /** Tokens beside the chosen one whose logarithm is told; null = no log probabilities. */
  readonly topLogprobs: number | null;
}

/** A request for one turn of a model, in no dialect. */
export interface TurnRequest {
  /** As the client wrote it. */
  readonly model: string;
  readonly messages: readonly TurnMessage[];
  readonly tools: readonly TurnTool[];
  readonly toolChoice: ToolChoice | null;
  readonly parallelToolCalls: boolean | null;
  readonly format: OutputFormat;
  readonly reasoning: ReasoningWish | null;
  readonly sampling: Sampling;
  readonly maxTokens: number | null;
  readonly choices: number;
  readonly stream: boolean;
  readonly serviceTier: string | null;
  readonly endUser: string | null;
  readonly verbosity: 'low' | 'medium' | 'high' | null;
  readonly promptCacheKey: string | null;
  /** Up to sixteen pairs of text; empty when there are none. */
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * What the client's dialect has and this model does not, by its path in the request: `{ path: 'background', value }`. A
   * writer that cannot say such a member refuses it by its path; a writer of the dialect it comes from puts it back.
   */
  readonly extras: readonly TurnExtra[];
}

export interface TurnExtra {
  /** The top-level member, as `param` of an error names it. */
  readonly path: string;
  readonly value: unknown;
  /** It changes nothing of the answer (telemetry, caching, storage), so that another dialect may go without it. */
  readonly isHarmless: boolean;
}

export type TurnReading = { readonly turn: TurnRequest } | { readonly problem: RequestProblem };

/** What a writer needs to know of the endpoint that it writes for. */
export interface TurnTarget {
  /** The upstream's name of the model. */
  readonly model: string;
  /** The limit to send; null leaves the client's. Already cut to the endpoint's own. */
  readonly maxTokens: number | null;
  /** The most that the endpoint takes, for dialects in which a limit is required (Messages). */
  readonly maxOutputTokens: number;
  /** The only name of chat's output limit that this endpoint takes; null = `max_completion_tokens`. */
  readonly maxTokensKey: 'max_tokens' | 'max_completion_tokens' | null;
  /** The member in which a chat upstream wants its own thinking back; none when it wants none. */
  readonly reasoningKey?: 'reasoning_content' | 'reasoning' | 'reasoning_details' | null;
}

/** The whole body for the upstream as an object, or why the request cannot be said in this dialect. */
export type TurnWriting = { readonly body: JsonRecord } | { readonly problem: RequestProblem };
