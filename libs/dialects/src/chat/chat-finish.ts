import type { StopReason } from '../turn/turn-event.js';

/** What a chat upstream's finish reason means; `null` is none. */
export function stopReasonOf(finishReason: string): StopReason {
  switch (finishReason) {
    case 'stop':
    case 'end_turn':
    case 'eos':
      return 'stop';
    case 'length':
    case 'max_tokens':
      return 'length';
    case 'tool_calls':
    case 'function_call':
    case 'tool_use':
      return 'tool_calls';
    case 'content_filter':
    case 'sensitive':
      return 'content_filter';
    case 'error':
    case 'network_error':
    case 'insufficient_system_resource':
      return 'error';
    default:
      return 'other';
  }
}

/** A chat client's word for why a choice ended. A choice with calls never just stops: agents wait for `tool_calls`. */
export function chatFinishReason(reason: StopReason, hasCalls: boolean): string {
  switch (reason) {
    case 'length':
    case 'context_exceeded':
      return 'length';
    case 'tool_calls':
      return 'tool_calls';
    case 'content_filter':
    case 'refusal':
      return 'content_filter';
    case 'error':
      return 'error';
    case 'stop':
    case 'stop_sequence':
    case 'pause':
    case 'other':
    default:
      return hasCalls ? 'tool_calls' : 'stop';
  }
}
