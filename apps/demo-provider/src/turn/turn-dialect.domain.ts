import type { Conversation } from './conversation.domain.js';
import type { TurnPlan } from './turn-plan.domain.js';

/** What goes over the wire in one write. */
export interface StreamPiece {
  readonly text: string;
  /** `token` pieces are paced; faults come before the token of their number, or before the first `closing`. */
  readonly phase: 'opening' | 'token' | 'closing';
  /** Of the choice that faults are counted in. */
  readonly ofFirstChoice: boolean;
}

export const opening = (text: string): StreamPiece => ({ text, phase: 'opening', ofFirstChoice: false });
export const token = (text: string, ofFirstChoice = true): StreamPiece => ({ text, phase: 'token', ofFirstChoice });
export const closing = (text: string): StreamPiece => ({ text, phase: 'closing', ofFirstChoice: true });

/** How one dialect says a plan, for one request. */
export interface Speech {
  readonly contentType: string;
  pieces(plan: TurnPlan): Generator<StreamPiece, void>;
  /** The answer when it is not streamed. */
  whole(plan: TurnPlan): object;
  /** The event that ends a stream with an error. */
  errorEvent(plan: TurnPlan): string;
  /** An event that is no JSON. */
  readonly malformedEvent: string;
}

export interface ProviderError {
  readonly status: number;
  readonly message: string;
  /** OpenAI's code, from which other dialects derive their own. */
  readonly code: string | null;
  /** The member that is wrong; null when it is none. */
  readonly param: string | null;
}

export type TurnReading =
  { readonly conversation: Conversation; readonly speech: Speech } | { readonly refusal: ProviderError };

/** A wire format, written from its vendor's documentation and from streams of real clients. */
export interface TurnDialect {
  readonly name: 'chat' | 'responses' | 'messages' | 'gemini';
  errorBody(error: ProviderError): object;
}

export const SSE = 'text/event-stream; charset=utf-8';
export const TOLD_TO_FAIL = 'The demo provider was told to fail.';

export function invalid(param: string | null, message: string): { readonly refusal: ProviderError } {
  return { refusal: { status: 400, message, code: 'invalid_parameter', param } };
}
