import type { AnswerClosing } from '../call/answer-closing.js';
import {
  CHAT_DONE,
  NO_USAGE,
  writeChunkEvent,
  writeFinishEvent,
  writeUsageEvent,
  type ChunkHead,
} from './chat-stream-writer.js';
import { writeChatUsage } from './chat-usage-writer.js';
import type { ChunkFace } from './chunk-edits.js';

/** Everything of a stream that its last bytes are made of. */
export interface StreamRemains {
  /** Held chunks, the finishing one first; empty when we end the answer ourselves. */
  readonly held: readonly Buffer[];
  /** The upstream's own usage chunk without choices; null when it sent none. */
  readonly usageChunk: Buffer | null;
  /** The upstream's usage object; null when there was none that can be true. */
  readonly usage: Buffer | null;
  readonly openChoices: readonly number[];
  readonly face: ChunkFace;
  readonly head: ChunkHead;
}

/**
 * The last bytes of a good answer. The usage rides on the finishing chunk, or on a chunk of its own behind it when the
 * client asked for that.
 */
export function writeEnding(
  remains: StreamRemains,
  ending: { readonly closing: AnswerClosing; readonly reason: string; readonly includeUsage: boolean },
): Buffer {
  const { face, head } = remains;
  const usage = writeChatUsage(remains.usage, ending.closing);
  const riding = ending.includeUsage ? null : usage;
  const events: Buffer[] = [];
  for (const [index, chunk] of remains.held.entries()) {
    const isFinishing = index === 0;
    events.push(writeChunkEvent(chunk, { ...face, usage: isFinishing && riding !== null ? riding : NO_USAGE }));
  }
  if (remains.held.length === 0) {
    for (const [place, index] of remains.openChoices.entries()) {
      const isLast = place === remains.openChoices.length - 1;
      events.push(writeFinishEvent(head, index, ending.reason, isLast ? riding : null));
    }
  }
  if (ending.includeUsage) {
    const { usageChunk } = remains;
    events.push(usageChunk === null ? writeUsageEvent(head, usage) : writeChunkEvent(usageChunk, { ...face, usage }));
  }
  events.push(CHAT_DONE);
  return Buffer.concat(events);
}
