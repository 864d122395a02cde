import type { PlannedPart } from '../turn/turn-plan.domain.js';
import {
  callItem,
  logprobOf,
  textPart,
  wholeItem,
  type OutputItem,
  type ResponseWishes,
} from './output-item.domain.js';

export interface ItemEvent {
  readonly data: { readonly type: string };
  readonly isToken: boolean;
}

const free = (type: string, more: object): ItemEvent => ({ data: { type, ...more }, isToken: false });
const paced = (type: string, more: object): ItemEvent => ({ data: { type, ...more }, isToken: true });

/** All events of one output item: added, its parts and deltas, done. */
export function* itemEvents(index: number, item: OutputItem, wishes: ResponseWishes): Generator<ItemEvent, void> {
  const { id, part } = item;
  const at = { item_id: id, output_index: index };
  yield free('response.output_item.added', { output_index: index, item: emptyItem(item, wishes) });
  switch (part.kind) {
    case 'reasoning':
      if (wishes.summary) yield* summaryEvents(at, part);
      break;
    case 'text':
      yield* textEvents(at, part, wishes);
      break;
    case 'call':
      yield* callEvents(at, part);
  }
  yield free('response.output_item.done', { output_index: index, item: wholeItem(item, wishes) });
}

function emptyItem({ id, part }: OutputItem, wishes: ResponseWishes): object {
  if (part.kind === 'call') return callItem({ id, status: 'in_progress' }, part, '');
  if (part.kind === 'text') return { id, type: 'message', status: 'in_progress', role: 'assistant', content: [] };
  return { id, type: 'reasoning', summary: [], ...(wishes.encrypted ? { encrypted_content: '' } : {}) };
}

function* summaryEvents(at: object, part: PlannedPart): Generator<ItemEvent, void> {
  const place = { ...at, summary_index: 0 };
  yield free('response.reasoning_summary_part.added', { ...place, part: { type: 'summary_text', text: '' } });
  let text = '';
  for (const delta of part.tokens()) {
    text += delta;
    yield paced('response.reasoning_summary_text.delta', { ...place, delta });
  }
  yield free('response.reasoning_summary_text.done', { ...place, text });
  yield free('response.reasoning_summary_part.done', { ...place, part: { type: 'summary_text', text } });
}

function* textEvents(at: object, part: PlannedPart, wishes: ResponseWishes): Generator<ItemEvent, void> {
  const place = { ...at, content_index: 0 };
  yield free('response.content_part.added', { ...place, part: textPart('', [], wishes) });
  const tokens: string[] = [];
  for (const delta of part.tokens()) {
    tokens.push(delta);
    const logprobs = wishes.logprobs ? [logprobOf(delta)] : [];
    yield paced('response.output_text.delta', { ...place, delta, logprobs });
  }
  const text = tokens.join('');
  const logprobs = wishes.logprobs ? tokens.map(logprobOf) : [];
  yield free('response.output_text.done', { ...place, text, logprobs });
  yield free('response.content_part.done', { ...place, part: textPart(text, tokens, wishes) });
}

function* callEvents(at: object, part: Extract<PlannedPart, { kind: 'call' }>): Generator<ItemEvent, void> {
  const isCustom = part.tool.kind === 'custom';
  const type = isCustom ? 'response.custom_tool_call_input' : 'response.function_call_arguments';
  let text = '';
  for (const delta of part.tokens()) {
    text += delta;
    yield paced(`${type}.delta`, { ...at, delta });
  }
  yield free(`${type}.done`, { ...at, ...(isCustom ? { input: text } : { name: part.tool.name, arguments: text }) });
}
