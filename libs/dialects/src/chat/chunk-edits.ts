import type { ByteEdit } from '../json/byte-edits.js';
import type { ByteRange } from '../json/scan-document.js';
import type { ChunkWalk } from './chunk-walk.js';

/** What the client sees instead of the upstream's own, each a JSON value in bytes; null leaves it as it is. */
export interface ChunkFace {
  readonly id: Buffer | null;
  readonly model: Buffer | null;
  /** `null`: usage objects are taken out of the chunk. */
  readonly usage: Buffer;
  /**
   * A usage of null goes with its key: upstreams write it because we ask them for the usage, clients that did not ask are
   * not all prepared for it (@openrouter/sdk throws the chunk away).
   */
  readonly omitsNullUsage: boolean;
  /** For a choice that lacks the key: `null` while a stream runs. */
  readonly finishReason: Buffer;
}

const noFingerprint = Buffer.from('"system_fingerprint":null,');
const nothing = Buffer.alloc(0);
const COMMA = 0x2c;
export const NULL_VALUE: Buffer = Buffer.from('null');

/**
 * The edits that make a chunk what clients expect: our names, `system_fingerprint`, and on every choice `finish_reason` and
 * `logprobs` (strict clients drop a chunk that lacks one).
 */
export function chunkEdits(bytes: Buffer, walk: ChunkWalk, face: ChunkFace): ByteEdit[] {
  const edits = [...replaced(bytes, walk.id, face.id), ...replaced(bytes, walk.model, face.model)];
  if (walk.model === null && face.model !== null) {
    edits.push(inserted(walk.open, Buffer.concat([Buffer.from('"model":'), face.model, Buffer.from(',')])));
  }
  if (!walk.hasFingerprint) edits.push(inserted(walk.open, noFingerprint));
  edits.push(...usageEdits(bytes, walk, face));
  for (const choice of walk.choices) {
    const missing = [];
    if (choice.finishReason === null) missing.push(`"finish_reason":${face.finishReason.toString()}`);
    if (!choice.hasLogprobs) missing.push('"logprobs":null');
    if (missing.length === 0) continue;
    edits.push(inserted(choice.open, Buffer.from(missing.join(',') + (choice.isEmpty ? '' : ','))));
  }
  return edits;
}

/** A usage of null adds nothing where none is. */
function usageEdits(bytes: Buffer, walk: ChunkWalk, { usage, omitsNullUsage }: ChunkFace): ByteEdit[] {
  if (walk.usageMember !== null && usage === NULL_VALUE && omitsNullUsage) return [removed(bytes, walk.usageMember)];
  if (walk.usage !== null) return replaced(bytes, walk.usage, usage);
  if (usage === NULL_VALUE) return [];
  const member = Buffer.concat([Buffer.from(',"usage":'), usage]);
  return [{ start: walk.close, end: walk.close, bytes: member }];
}

function replaced(bytes: Buffer, range: ByteRange | null, value: Buffer | null): ByteEdit[] {
  if (range === null || value === null) return [];
  const isSame = bytes.compare(value, 0, value.length, range.start, range.end) === 0;
  return isSame ? [] : [{ ...range, bytes: value }];
}

/** A member with the comma before it, or behind it when it is the first. */
function removed(bytes: Buffer, { start, end }: ByteRange): ByteEdit {
  let before = start - 1;
  while (isSpace(bytes[before])) before--;
  if (bytes[before] === COMMA) return { start: before, end, bytes: nothing };
  let behind = end;
  while (isSpace(bytes[behind])) behind++;
  return { start, end: bytes[behind] === COMMA ? behind + 1 : end, bytes: nothing };
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

function inserted(brace: number, bytes: Buffer): ByteEdit {
  return { start: brace + 1, end: brace + 1, bytes };
}
