import { piecesWith, type ByteEdit } from '../json/byte-edits.js';
import { OPEN_BRACE, OPEN_BRACKET, CLOSE_BRACE, skipSpace } from '../json/json-bytes.js';
import { elementsOf, membersOf } from '../json/json-members.js';
import type { ByteRange } from '../json/scan-document.js';

/** What a response of an upstream becomes for the client; values are JSON. */
export interface ResponseFace {
  /** Written whatever the upstream says. */
  readonly said: Readonly<Record<string, string>>;
  /** Written where the upstream says nothing, or null where clients read a number or a text. */
  readonly defaults: () => Readonly<Record<string, unknown>>;
}

/** Members that the open specification wants to be numbers, texts or flags, never null. */
const neverNull: ReadonlySet<string> = new Set([
  'truncation',
  'temperature',
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'top_logprobs',
  'store',
  'background',
  'service_tier',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'text',
  'output',
]);

/** Members that every response has to have. */
const required: readonly string[] = [
  ...neverNull,
  'id',
  'object',
  'created_at',
  'completed_at',
  'status',
  'error',
  'incomplete_details',
  'instructions',
  'max_output_tokens',
  'max_tool_calls',
  'metadata',
  'model',
  'previous_response_id',
  'prompt_cache_key',
  'reasoning',
  'safety_identifier',
  'usage',
];

const NULL_START = 0x6e;

/** The response object at `range`, edited for the client; every byte that needs no edit stays. */
export function editedResponse(bytes: Buffer, range: ByteRange, face: ResponseFace): Buffer {
  const { said } = face;
  const edits: ByteEdit[] = [];
  const missing = new Set([...required, ...Object.keys(said)]);
  let defaults: Readonly<Record<string, unknown>> | null = null;
  const defaultOf = (key: string): string => {
    defaults ??= face.defaults();
    return JSON.stringify(defaults[key] ?? null);
  };
  for (const { key, valueStart, end } of membersOf(bytes, range.start)) {
    missing.delete(key);
    const value = Object.hasOwn(said, key) ? said[key] : undefined;
    if (value !== undefined) edits.push(...replaced(bytes, { start: valueStart, end }, value));
    else if (bytes[valueStart] === NULL_START && neverNull.has(key)) {
      edits.push({ start: valueStart, end, bytes: Buffer.from(defaultOf(key)) });
    } else if (key === 'output') edits.push(...outputEdits(bytes, valueStart));
  }
  const added = [...missing].map((key) => `"${key}":${said[key] ?? defaultOf(key)}`).join(',');
  if (added !== '') edits.push(insertedFirst(bytes, range.start, added));
  return Buffer.concat(piecesWith(bytes, range, edits));
}

function replaced(bytes: Buffer, range: ByteRange, value: string): ByteEdit[] {
  const made = Buffer.from(value);
  const isSame = bytes.compare(made, 0, made.length, range.start, range.end) === 0;
  return isSame ? [] : [{ ...range, bytes: made }];
}

function insertedFirst(bytes: Buffer, brace: number, members: string): ByteEdit {
  const isEmpty = bytes[skipSpace(bytes, brace + 1)] === CLOSE_BRACE;
  return { start: brace + 1, end: brace + 1, bytes: Buffer.from(isEmpty ? members : `${members},`) };
}

function outputEdits(bytes: Buffer, bracket: number): ByteEdit[] {
  if (bytes[bracket] !== OPEN_BRACKET) return [];
  return [...elementsOf(bytes, bracket)].flatMap(({ start }) => itemEdits(bytes, start));
}

/** Text parts of the item at `brace` that lack `logprobs` or `annotations` get empty ones: strict clients read them. */
export function itemEdits(bytes: Buffer, brace: number): ByteEdit[] {
  if (bytes[brace] !== OPEN_BRACE) return [];
  for (const { key, valueStart } of membersOf(bytes, brace)) {
    if (key !== 'content' || bytes[valueStart] !== OPEN_BRACKET) continue;
    return [...elementsOf(bytes, valueStart)].flatMap(({ start }) => partEdits(bytes, start));
  }
  return [];
}

export function partEdits(bytes: Buffer, brace: number): ByteEdit[] {
  if (bytes[brace] !== OPEN_BRACE) return [];
  const missing = new Set(['annotations', 'logprobs']);
  let isText = false;
  for (const { key, valueStart, end } of membersOf(bytes, brace)) {
    missing.delete(key);
    if (key === 'type') isText = bytes.toString('latin1', valueStart, end) === '"output_text"';
  }
  if (!isText || missing.size === 0) return [];
  return [insertedFirst(bytes, brace, [...missing].map((key) => `"${key}":[]`).join(','))];
}
