import { piecesWith } from '../json/byte-edits.js';
import { chunkEdits, NULL_VALUE, type ChunkFace } from './chunk-edits.js';
import { walkChunk } from './chunk-walk.js';

/** The end of every chat stream that did not break. */
export const CHAT_DONE: Buffer = Buffer.from('data: [DONE]\n\n');
/** A comment that keeps balancers and clients waiting; only between events. */
export const CHAT_KEEP_ALIVE: Buffer = Buffer.from(': APILINK PROCESSING\n\n');

const dataField = Buffer.from('data: ');
const blankLine = Buffer.from('\n\n');

/** An error inside a running stream. */
export interface ChatErrorEvent {
  readonly message: string;
  readonly type: string;
  /** An HTTP status, as a number: clients compare it. */
  readonly code: number;
  /** The catalogue's code, told in `metadata.error_type`. */
  readonly errorType: string;
}

/** `data: {"error":{…}}`. The stream is closed after it, without `[DONE]`: it must not look complete. */
export function writeChatErrorEvent(error: ChatErrorEvent): Buffer {
  const { message, type, code, errorType } = error;
  const body = { error: { message, type, param: null, code, metadata: { error_type: errorType } } };
  return Buffer.from(`data: ${JSON.stringify(body)}\n\n`);
}

/**
 * The end of a broken stream for OpenRouter's clients, whose schema refuses an event without `choices`: a whole chunk with
 * the error and the finish reason `error`. Closed after it, without `[DONE]`. The key `system_fingerprint` is left out: it
 * may not be null there.
 */
export function writeChatErrorChunk(error: ChatErrorEvent, head: ChunkHead): Buffer {
  const { message, type, code, errorType } = error;
  const chunk = {
    id: head.id,
    object: 'chat.completion.chunk',
    created: head.createdSeconds,
    model: head.model,
    error: { code, message, type, param: null, metadata: { error_type: errorType } },
    choices: [{ index: 0, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: 'error' }],
  };
  return Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`);
}

/** A chunk of the upstream as an event of its own, edited for the client. */
export function writeChunkEvent(chunk: Buffer, face: ChunkFace): Buffer {
  const edits = chunkEdits(chunk, walkChunk(chunk, 0, chunk.length), face);
  // Line feeds between tokens came from data in several lines; one line must hold the whole document now.
  const document = Buffer.concat(piecesWith(chunk, { start: 0, end: chunk.length }, edits));
  for (let at = document.indexOf(0x0a); at >= 0; at = document.indexOf(0x0a, at + 1)) document[at] = 0x20;
  return Buffer.concat([dataField, document, blankLine]);
}

/** What all chunks of one stream have in common, for those that we write ourselves. */
export interface ChunkHead {
  readonly id: string;
  readonly createdSeconds: number;
  readonly model: string;
}

/** A chunk that ends one choice. */
export function writeFinishEvent(head: ChunkHead, index: number, reason: string, usage: Buffer | null): Buffer {
  const choice = `{"index":${index},"delta":{},"logprobs":null,"finish_reason":${JSON.stringify(reason)}}`;
  return ownChunk(head, choice, usage);
}

/** The chunk of its own that carries the usage: no choices. */
export function writeUsageEvent(head: ChunkHead, usage: Buffer): Buffer {
  return ownChunk(head, '', usage);
}

function ownChunk(head: ChunkHead, choices: string, usage: Buffer | null): Buffer {
  const { id, createdSeconds, model } = head;
  const names = `"id":${JSON.stringify(id)},"object":"chat.completion.chunk","created":${createdSeconds}`;
  const start = `data: {${names},"model":${JSON.stringify(model)},"system_fingerprint":null,"choices":[${choices}]`;
  if (usage === null) return Buffer.from(`${start}}\n\n`);
  return Buffer.concat([Buffer.from(`${start},"usage":`), usage, Buffer.from('}\n\n')]);
}

export const NO_USAGE: Buffer = NULL_VALUE;
