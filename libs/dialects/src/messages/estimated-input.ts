import { estimateTokens } from '../tokens/token-estimator.js';
import type { TurnPart } from '../turn/turn-part.js';
import type { TurnRequest, TurnTool } from '../turn/turn-request.js';

/**
 * Tokens of a request's text, for the opening event of a stream: its upstream tells the real figure behind the answer, and
 * the last event corrects this one. Pictures and files are left out. Linear.
 */
export function estimatedInputTokens({ messages, tools }: TurnRequest): number {
  let tokens = 0;
  for (const tool of tools) tokens += estimateTokens(textOfTool(tool));
  for (const { parts } of messages) for (const part of parts) tokens += estimateTokens(textOfPart(part));
  return tokens;
}

function textOfTool(tool: TurnTool): string {
  if (tool.form === 'web_search') return '';
  const schema = tool.form === 'function' ? JSON.stringify(tool.parameters ?? {}) : (tool.grammar?.definition ?? '');
  return `${tool.name} ${tool.description ?? ''} ${schema}`;
}

function textOfPart(part: TurnPart): string {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return part.text;
    case 'reasoning':
      return part.text;
    case 'tool_call':
      return `${part.name} ${part.input}`;
    case 'tool_result':
      return part.parts.map((inner) => (inner.type === 'text' ? inner.text : '')).join(' ');
    case 'image':
    case 'file':
    case 'audio':
    default:
      return '';
  }
}
