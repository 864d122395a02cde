import type { AnswerClosing } from '../call/answer-closing.js';
import type { CallFace } from '../call/call.js';
import type { ToldStream } from '../call/told-stream.js';
import { isRecord, textOf } from '../json/records.js';
import { piecesWith } from '../json/byte-edits.js';
import { blockDelta, blockStop, MESSAGE_STOP, messageDelta, messageStart } from './messages-events.js';
import { OWN_SIGNATURE } from './messages-block-writer.js';
import { valueAt } from './messages-event-walk.js';
import { writeMessagesUsage } from './messages-usage-writer.js';

/** A data document held back, without its field and line ends. */
interface HeldDelta {
  readonly data: Buffer;
  readonly hasUsage: boolean;
}

/** What has been learned of a Messages stream so far, and what is held of its end. */
export class MessagesStreamRecord {
  finishReason: string | null = null;
  /** `message_delta` events from the one with the stop reason on. */
  private readonly held: HeldDelta[] = [];
  /** Blocks that have begun and not ended, by index: thinking without a signature yet, or anything else. */
  private readonly open = new Map<number, 'unsigned' | 'other'>();
  private stopSequence: string | null = null;

  constructor(
    private readonly face: CallFace,
    private readonly told: ToldStream,
  ) {}

  get heldBytes(): number {
    return this.held.reduce((sum, { data }) => sum + data.length, 0);
  }

  noteBlockStart(document: Record<string, unknown>): void {
    const block = document['content_block'];
    const isThinking = isRecord(block) && block['type'] === 'thinking' && (textOf(block['signature']) ?? '') === '';
    this.open.set(indexOf(document), isThinking ? 'unsigned' : 'other');
  }

  noteBlockStop(document: Record<string, unknown>): void {
    this.open.delete(indexOf(document));
  }

  noteSignature(document: Record<string, unknown>): void {
    this.open.set(indexOf(document), 'other');
  }

  /** A `message_delta` that ends the answer, or one behind it. */
  hold(data: Buffer, document: Record<string, unknown>): void {
    const delta = document['delta'];
    if (isRecord(delta)) {
      this.finishReason ??= textOf(delta['stop_reason']);
      this.stopSequence ??= textOf(delta['stop_sequence']);
    }
    this.held.push({ data: Buffer.from(data), hasUsage: isRecord(document['usage']) });
  }

  /** The end as the upstream told it, with the cost in its last usage; one of our own where it told none. */
  naturalEnd(closing: AnswerClosing, keepsUsage: boolean, serviceTier: string | null): Buffer {
    const last = this.held.findLastIndex(({ hasUsage }) => hasUsage);
    const out = this.held.map(({ data }, index) => {
      return index === last ? deltaEvent(withUsage(data, closing, keepsUsage, serviceTier)) : deltaEvent(data);
    });
    if (last < 0) {
      const usage = writeMessagesUsage(null, closing, serviceTier);
      out.push(messageDelta(this.finishReason ?? 'end_turn', this.stopSequence, usage));
    }
    return Buffer.concat([...this.opening(), ...out, MESSAGE_STOP]);
  }

  /** The hold is exhausted: whatever is open ends as cut by the output limit. */
  forcedEnd(closing: AnswerClosing, serviceTier: string | null): Buffer {
    const out = this.opening();
    for (const [index, kind] of this.open) {
      if (kind === 'unsigned') out.push(blockDelta(index, { type: 'signature_delta', signature: OWN_SIGNATURE }));
      out.push(blockStop(index));
    }
    const usage = writeMessagesUsage(null, closing, serviceTier);
    return Buffer.concat([...out, messageDelta('max_tokens', null, usage), MESSAGE_STOP]);
  }

  /** Of a stream that ends before its client heard anything. */
  private opening(): Buffer[] {
    if (this.told.isOpened) return [];
    this.told.isOpened = true;
    this.told.id ??= this.face.standIn.id;
    this.open.clear();
    return [messageStart(this.told.id, this.face.model, 0)];
  }
}

function withUsage(data: Buffer, closing: AnswerClosing, keepsUsage: boolean, serviceTier: string | null): Buffer {
  const range = valueAt(data, 0, ['usage']);
  if (range === null) return data;
  const told = keepsUsage ? data.subarray(range.start, range.end) : null;
  const usage = writeMessagesUsage(told, closing, serviceTier);
  return Buffer.concat(piecesWith(data, { start: 0, end: data.length }, [{ ...range, bytes: usage }]));
}

const eventStart = Buffer.from('event: message_delta\ndata: ');
const blankLine = Buffer.from('\n\n');

function deltaEvent(data: Buffer): Buffer {
  const line = Buffer.from(data);
  // Line feeds between tokens came from data in several lines; one line must hold the whole document now.
  for (let at = line.indexOf(0x0a); at >= 0; at = line.indexOf(0x0a, at + 1)) line[at] = 0x20;
  return Buffer.concat([eventStart, line, blankLine]);
}

function indexOf({ index }: Record<string, unknown>): number {
  return typeof index === 'number' ? index : 0;
}
