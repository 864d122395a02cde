import type { StopReason } from '../turn/turn-event.js';

/** Stop reasons of Converse (Amazon Bedrock API reference); what is not listed is told as an ordinary end. */
const reasons: ReadonlyMap<string, StopReason> = new Map([
  ['end_turn', 'stop'],
  ['tool_use', 'tool_calls'],
  ['max_tokens', 'length'],
  ['stop_sequence', 'stop_sequence'],
  ['guardrail_intervened', 'content_filter'],
  ['content_filtered', 'content_filter'],
  ['refusal', 'refusal'],
  ['model_context_window_exceeded', 'context_exceeded'],
  ['malformed_model_output', 'error'],
  ['malformed_tool_use', 'error'],
]);

export function stopReasonOf(word: string): StopReason {
  return reasons.get(word) ?? 'other';
}
