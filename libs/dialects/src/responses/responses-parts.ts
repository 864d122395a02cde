import { isRecord, listOf, textOf } from '../json/records.js';
import type { PartBeginning, TokenLogprob } from '../turn/turn-event.js';
import type { TurnMedia } from '../turn/turn-answer.js';
import type { TurnCitation } from '../turn/turn-part.js';
import type { JsonRecord } from '../turn/turn-request.js';

/** A `url_citation`; what cites files of the provider has no address and tells a client of another dialect nothing. */
export function citationOf(annotation: unknown): TurnCitation | null {
  if (!isRecord(annotation) || annotation['type'] !== 'url_citation') return null;
  return {
    url: textOf(annotation['url']),
    title: textOf(annotation['title']),
    citedText: null,
    start: wholeNumber(annotation['start_index']),
    end: wholeNumber(annotation['end_index']),
  };
}

export function citationsOf(annotations: unknown): TurnCitation[] {
  return listOf(annotations)
    .map(citationOf)
    .filter((citation) => citation !== null);
}

export function logprobsOf(list: unknown): readonly TokenLogprob[] {
  const entries = listOf(list);
  if (entries.length === 0) return [];
  return entries.filter(isRecord).map((entry) => ({
    ...logprobOf(entry),
    top: listOf(entry['top_logprobs']).filter(isRecord).map(logprobOf),
  }));
}

function logprobOf(entry: JsonRecord): Omit<TokenLogprob, 'top'> {
  const { logprob, bytes } = entry;
  const numbers = listOf(bytes).filter((byte) => typeof byte === 'number');
  return {
    token: textOf(entry['token']) ?? '',
    logprob: typeof logprob === 'number' ? logprob : 0,
    bytes: Array.isArray(bytes) ? numbers : null,
  };
}

/** The picture of an `image_generation_call`; null while there is none. */
export function mediaOf(item: JsonRecord): TurnMedia | null {
  const data = textOf(item['result']);
  if (item['type'] !== 'image_generation_call' || data === null || data === '') return null;
  return { type: 'media', mediaType: `image/${textOf(item['output_format']) ?? 'png'}`, data };
}

/** The texts of a list of parts of one type. */
export function textsOf(parts: unknown, type: string): string[] {
  return listOf(parts)
    .filter(isRecord)
    .filter((part) => part['type'] === type)
    .map((part) => textOf(part['text']) ?? '');
}

export function wholeNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** The call that an item is. */
export function callOf(item: JsonRecord): PartBeginning {
  const id = textOf(item['id']);
  return {
    type: 'tool_call',
    callId: textOf(item['call_id']) ?? id ?? '',
    name: textOf(item['name']) ?? '',
    namespace: textOf(item['namespace']),
    form: item['type'] === 'custom_tool_call' ? 'custom' : 'function',
    id,
  };
}

/** The part that a delta belongs to when nothing announced it. */
export function beginningFor(type: string, item: JsonRecord): PartBeginning {
  if (type.startsWith('response.refusal')) return { type: 'refusal' };
  if (type.startsWith('response.output_text')) return { type: 'text' };
  if (!type.startsWith('response.reasoning')) return callOf(item);
  const told = type.startsWith('response.reasoning_text') ? 'full' : 'summary';
  return { type: 'reasoning', told, isRedacted: false, id: textOf(item['id']) };
}
