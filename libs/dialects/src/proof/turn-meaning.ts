import { parsedJson } from '../json/records.js';
import type { TurnAnswer } from '../turn/turn-answer.js';
import type { TurnPart } from '../turn/turn-part.js';
import type { TurnRequest } from '../turn/turn-request.js';

/**
 * What a request means whatever dialect said it: neighbouring messages of one side are one, since some dialects have no other
 * way; who gives instructions is the system; a result belongs to its call.
 */
export function meaningOfTurn(turn: TurnRequest): unknown {
  const said: { readonly side: string; readonly parts: unknown[] }[] = [];
  for (const { role, parts } of turn.messages) {
    const side = role === 'developer' ? 'system' : role === 'tool' ? 'user' : role;
    const last = said.at(-1);
    const meant = parts.map((part) => meaningOfPart(part));
    if (last?.side === side) last.parts.push(...meant);
    else said.push({ side, parts: meant });
  }
  const { temperature, topP, stop } = turn.sampling;
  const tools = turn.tools.map((tool) =>
    tool.form === 'function' ? [tool.name, tool.description ?? '', tool.parameters] : [tool.form],
  );
  return {
    said: said.map(({ side, parts }) => ({ side, parts: joined(parts) })),
    tools,
    choice: turn.toolChoice ?? { kind: 'auto' },
    format: turn.format.kind === 'json_schema' ? turn.format.schema : turn.format.kind,
    // What every provider does when nothing is said need not be said.
    sampling: { temperature: temperature ?? 1, topP: topP ?? 1, stop },
    maxTokens: turn.maxTokens,
  };
}

function meaningOfPart(part: TurnPart): unknown {
  switch (part.type) {
    case 'text':
      return part.text;
    case 'image':
      return { image: part.source };
    case 'tool_call':
      return { call: part.callId, name: part.name, input: parsedJson(part.input) };
    case 'tool_result':
      return { result: part.callId, parts: joined(part.parts.map((shown) => meaningOfPart(shown))) };
    case 'file':
      return { file: part.source };
    case 'audio':
      return { audio: part.data };
    case 'refusal':
      return { refusal: part.text };
    case 'reasoning':
    default:
      return { thinking: part.text };
  }
}

/** Texts that follow each other are one text. */
function joined(parts: readonly unknown[]): unknown[] {
  const all: unknown[] = [];
  for (const part of parts) {
    const last = all.at(-1);
    if (typeof part === 'string' && typeof last === 'string') all[all.length - 1] = last + part;
    else all.push(part);
  }
  return all;
}

export function meaningOfAnswer(answer: TurnAnswer): unknown {
  return answer.choices.map(({ parts, reason }) => {
    const meant = parts.map((part) => (part.type === 'media' ? { media: part.data } : meaningOfPart(part)));
    return { parts: joined(meant), reason };
  });
}
