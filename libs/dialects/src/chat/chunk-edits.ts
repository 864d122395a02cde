import type { ByteEdit } from '../json/byte-edits.js';
import type { ByteRange } from '../json/scan-document.js';
import type { ChunkWalk } from './chunk-walk.js';

/** What the client sees instead of the upstream's own, each a JSON value in bytes; null leaves it as it is. */
export interface ChunkFace {
  readonly id: Buffer | null;
  readonly model: Buffer | null;
  /** `null`: usage objects are taken out of the chunk. */
  readonly usage: Buffer;
  /** For a choice that lacks the key: `null` while a stream runs. */
  readonly finishReason: Buffer;
}

const noFingerprint = Buffer.from('"system_fingerprint":null,');
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
  edits.push(...usageEdits(bytes, walk, face.usage));
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
function usageEdits(bytes: Buffer, walk: ChunkWalk, usage: Buffer): ByteEdit[] {
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

function inserted(brace: number, bytes: Buffer): ByteEdit {
  return { start: brace + 1, end: brace + 1, bytes };
}
