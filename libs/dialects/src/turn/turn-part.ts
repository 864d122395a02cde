/**
 * The neutral turn model: what chat, responses, messages, Gemini and Converse have in common, in no dialect. A request, an
 * answer and a stream are read into it and written out of it, so that six small modules a dialect make every pair.
 */

/** Where bytes of a picture, a file or a sound come from. */
export type TurnSource =
  | { readonly from: 'url'; readonly url: string }
  /** Standard base64, without a `data:` prefix. */
  | { readonly from: 'base64'; readonly mediaType: string; readonly data: string }
  /** A file that one provider keeps; only that provider can read it. */
  | { readonly from: 'file'; readonly id: string };

/** A mark of Anthropic's prompt cache, behind the part it stands on. */
export interface CacheMark {
  readonly ttl: '5m' | '1h' | null;
}

/**
 * What a provider wants back unchanged to go on with its own hidden reasoning: a signature or an encrypted text. Only the
 * origin can read it; every other upstream goes without it.
 */
export interface Seal {
  readonly origin: 'anthropic' | 'openai' | 'google' | 'other';
  readonly value: string;
}

/** A source that an answer cites. */
export interface TurnCitation {
  readonly url: string | null;
  readonly title: string | null;
  readonly citedText: string | null;
  /** Characters of the part's text, end exclusive; null when the upstream does not tell. */
  readonly start: number | null;
  readonly end: number | null;
}

export interface TextPart {
  readonly type: 'text';
  readonly text: string;
  readonly cache: CacheMark | null;
  readonly citations: readonly TurnCitation[];
}

export interface ImagePart {
  readonly type: 'image';
  readonly source: TurnSource;
  readonly detail: 'low' | 'high' | 'original' | 'auto' | null;
  readonly cache: CacheMark | null;
}

export interface FilePart {
  readonly type: 'file';
  readonly source: TurnSource;
  readonly name: string | null;
  readonly cache: CacheMark | null;
}

export interface AudioPart {
  readonly type: 'audio';
  /** Standard base64. */
  readonly data: string;
  /** `wav`, `mp3`, … as OpenAI names them. */
  readonly format: string;
}

export interface RefusalPart {
  readonly type: 'refusal';
  readonly text: string;
}

/** The model's thinking, as far as the provider tells it. */
export interface ReasoningPart {
  readonly type: 'reasoning';
  /** Told in full; empty when it was not. */
  readonly text: string;
  /** Told in summaries, one an entry. */
  readonly summaries: readonly string[];
  readonly seal: Seal | null;
  /** The provider hides the text on purpose (Anthropic's `redacted_thinking`); the seal is all there is. */
  readonly isRedacted: boolean;
  /** The upstream's own id of the item; null when the dialect has none. */
  readonly id: string | null;
}

export interface ToolCallPart {
  readonly type: 'tool_call';
  readonly callId: string;
  readonly name: string;
  /** Of Codex' namespaced tools; null elsewhere. */
  readonly namespace: string | null;
  /** `function`: `input` is JSON text; `custom`: free text. */
  readonly form: 'function' | 'custom';
  readonly input: string;
  /** Gemini's thought signature of a call. */
  readonly seal: Seal | null;
  readonly id: string | null;
  readonly cache: CacheMark | null;
}

export interface ToolResultPart {
  readonly type: 'tool_result';
  readonly callId: string;
  /** Gemini and Converse want the tool's name; null when the dialect did not tell it (see `toolNameOf`). */
  readonly name: string | null;
  readonly form: 'function' | 'custom';
  /** Text, images and files. */
  readonly parts: readonly (TextPart | ImagePart | FilePart)[];
  readonly isError: boolean;
  readonly cache: CacheMark | null;
}

export type TurnPart =
  TextPart | ImagePart | FilePart | AudioPart | RefusalPart | ReasoningPart | ToolCallPart | ToolResultPart;
