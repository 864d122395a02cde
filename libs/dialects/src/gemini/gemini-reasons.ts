import type { StopReason } from '../turn/turn-event.js';

/** Gemini's finish reasons (Gemini API, `FinishReason`); what is not listed is told as an ordinary end. */
const reasons: ReadonlyMap<string, StopReason> = new Map([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['SAFETY', 'content_filter'],
  ['RECITATION', 'content_filter'],
  ['BLOCKLIST', 'content_filter'],
  ['PROHIBITED_CONTENT', 'content_filter'],
  ['SPII', 'content_filter'],
  ['MODEL_ARMOR', 'content_filter'],
  ['IMAGE_SAFETY', 'content_filter'],
  ['IMAGE_PROHIBITED_CONTENT', 'content_filter'],
  ['IMAGE_RECITATION', 'content_filter'],
  ['MALFORMED_FUNCTION_CALL', 'error'],
  ['MALFORMED_RESPONSE', 'error'],
  ['UNEXPECTED_TOOL_CALL', 'error'],
  ['TOO_MANY_TOOL_CALLS', 'error'],
  ['MISSING_THOUGHT_SIGNATURE', 'error'],
]);

/** Gemini ends a turn of calls with its ordinary word. */
export function stopReasonOf(word: string, hasCalls: boolean): StopReason {
  const reason = reasons.get(word) ?? 'other';
  return reason === 'stop' && hasCalls ? 'tool_calls' : reason;
}

/** Gemini's word for the end of an answer. */
export function finishWord(reason: StopReason): string {
  switch (reason) {
    case 'length':
    case 'context_exceeded':
      return 'MAX_TOKENS';
    case 'content_filter':
    case 'refusal':
      return 'SAFETY';
    case 'error':
      return 'MALFORMED_RESPONSE';
    case 'stop':
    case 'stop_sequence':
    case 'tool_calls':
    case 'pause':
    case 'other':
      break;
  }
  return 'STOP';
}
