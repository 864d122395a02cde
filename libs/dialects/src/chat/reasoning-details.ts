import type { ReasoningPart, Seal } from '../turn/turn-part.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { isRecord, listOf, textOf } from '../json/records.js';

/**
 * OpenRouter's `reasoning_details`: thinking with what its provider wants back. `reasoning.text` with a signature,
 * `reasoning.summary`, `reasoning.encrypted`; `format` names whose it is.
 */
export interface ReasoningDetail {
  readonly type: 'text' | 'summary' | 'encrypted';
  /** Of a text or a summary. */
  readonly text: string;
  readonly seal: Seal | null;
  readonly id: string | null;
  /** Details with one index are pieces of one block; null when none was told. */
  readonly index: number | null;
}

const formats: Readonly<Record<Seal['origin'], string>> = {
  anthropic: 'anthropic-claude-v1',
  openai: 'openai-responses-v1',
  google: 'google-gemini-v1',
  other: 'unknown',
};

function originOfFormat(format: string | null): Seal['origin'] {
  if (format === null) return 'other';
  if (format.startsWith('anthropic-')) return 'anthropic';
  if (format.startsWith('google-')) return 'google';
  return format.includes('openai-responses') ? 'openai' : 'other';
}

/** The details of a message or a delta that can be read; null for anything else in the list. */
export function readReasoningDetails(value: unknown): (ReasoningDetail | null)[] {
  return listOf(value).map((detail) => (isRecord(detail) ? readDetail(detail) : null));
}

function readDetail(detail: JsonRecord): ReasoningDetail | null {
  const id = textOf(detail['id']);
  const { index: told } = detail;
  const index = typeof told === 'number' && Number.isSafeInteger(told) ? told : null;
  const origin = originOfFormat(textOf(detail['format']));
  const seal = (value: string | null): Seal | null => (value === null || value === '' ? null : { origin, value });
  switch (detail['type']) {
    case 'reasoning.text':
      return { type: 'text', text: textOf(detail['text']) ?? '', seal: seal(textOf(detail['signature'])), id, index };
    case 'reasoning.summary':
      return { type: 'summary', text: textOf(detail['summary']) ?? '', seal: null, id, index };
    case 'reasoning.encrypted':
      return { type: 'encrypted', text: '', seal: seal(textOf(detail['data'])), id, index };
    default:
      return null;
  }
}

/** Blocks of thinking out of details that follow each other; the seals that belong to tool calls are given by their ids. */
export function reasoningOfDetails(
  details: readonly ReasoningDetail[],
  callIds: ReadonlySet<string>,
): { readonly parts: ReasoningPart[]; readonly callSeals: ReadonlyMap<string, Seal> } {
  const blocks: Block[] = [];
  const callSeals = new Map<string, Seal>();
  for (const detail of details) {
    if (detail.type === 'encrypted' && detail.id !== null && detail.seal !== null && callIds.has(detail.id)) {
      callSeals.set(detail.id, detail.seal);
      continue;
    }
    const last = blocks.at(-1);
    if (last !== undefined && belongs(detail, last)) addTo(last, detail);
    else blocks.push(begin(detail));
  }
  return { parts: blocks.map(({ part }) => part), callSeals };
}

interface Block {
  part: ReasoningPart;
  index: number | null;
}

/** By the id of the item or the block's index; where neither is told, by what follows each other. A sealed block is whole. */
function belongs({ type, id, index }: ReasoningDetail, block: Block): boolean {
  const { part } = block;
  if (part.seal !== null) return false;
  if (id !== null && part.id !== null) return id === part.id;
  if (index !== null || block.index !== null) return index === block.index;
  if (type === 'text') return part.summaries.length === 0;
  return type === 'encrypted' || part.summaries.length > 0;
}

function begin(detail: ReasoningDetail): Block {
  const { type, text, seal, id, index } = detail;
  const summaries = type === 'summary' ? [text] : [];
  const isRedacted = type === 'encrypted' && seal?.origin === 'anthropic';
  const part: ReasoningPart = {
    type: 'reasoning',
    text: type === 'text' ? text : '',
    summaries,
    seal,
    isRedacted,
    id,
  };
  return { part, index };
}

function addTo(block: Block, { type, text, seal, id, index }: ReasoningDetail): void {
  const { part } = block;
  block.part = {
    ...part,
    text: part.text + (type === 'text' ? text : ''),
    summaries: type === 'summary' ? [...part.summaries, text] : part.summaries,
    seal: seal ?? part.seal,
    id: part.id ?? id,
  };
  block.index ??= index;
}

/** The detail that carries a piece of thinking to a chat client. */
export function textDetail(told: 'summary' | 'full', text: string, index: number, id: string | null): JsonRecord {
  const named = id === null ? {} : { id };
  return told === 'summary'
    ? { type: 'reasoning.summary', summary: text, format: 'unknown', index, ...named }
    : { type: 'reasoning.text', text, format: 'unknown', index, ...named };
}

/**
 * The detail that carries a seal: Anthropic's signature beside the text it signs, everything else as a block that nobody
 * reads.
 */
export function sealDetail(
  { origin, value }: Seal,
  of: { readonly isText: boolean; readonly index: number; readonly id: string | null },
): JsonRecord {
  const { isText, index, id } = of;
  const named = id === null ? {} : { id };
  const format = formats[origin];
  return isText && origin === 'anthropic'
    ? { type: 'reasoning.text', text: '', signature: value, format, index, ...named }
    : { type: 'reasoning.encrypted', data: value, format, index, ...named };
}

export function detailsOfPart(part: ReasoningPart, index: number): JsonRecord[] {
  const { id, seal } = part;
  const details = part.summaries.map((summary) => textDetail('summary', summary, index, id));
  if (part.text !== '') details.push(textDetail('full', part.text, index, id));
  const isText = !part.isRedacted && part.summaries.length === 0;
  if (seal !== null) details.push(sealDetail(seal, { isText, index, id }));
  return details;
}
