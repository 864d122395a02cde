import type { StopReason } from '../turn/turn-event.js';

const neutral: ReadonlyMap<string, StopReason> = new Map([
  ['end_turn', 'stop'],
  ['max_tokens', 'length'],
  ['stop_sequence', 'stop_sequence'],
  ['tool_use', 'tool_calls'],
  ['pause_turn', 'pause'],
  ['refusal', 'refusal'],
  ['model_context_window_exceeded', 'context_exceeded'],
]);

const words: Readonly<Record<StopReason, string>> = {
  stop: 'end_turn',
  stop_sequence: 'stop_sequence',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
  refusal: 'refusal',
  pause: 'pause_turn',
  context_exceeded: 'model_context_window_exceeded',
  error: 'end_turn',
  other: 'end_turn',
};

/** What a `stop_reason` of Anthropic means. */
export function stopReasonOf(word: string): StopReason {
  return neutral.get(word) ?? 'other';
}

/** A stop reason in Anthropic's words. */
export function stopWord(reason: StopReason): string {
  return words[reason];
}
