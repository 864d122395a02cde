import { isRecord, parsedJson, textOf } from '../json/records.js';
import { sealOf } from '../turn/seal-envelope.js';
import type { StreamEvent, TurnEvent, TurnStreamReader } from '../turn/turn-event.js';
import { MessagesUsageReader } from '../usage/messages-usage.js';
import type { UsageReading } from '../usage/usage-reading.js';
import { messagesFailure } from './messages-failure.js';
import { beginningOf, citationOf } from './read-messages-answer-block.js';
import { stopReasonOf } from './stop-reasons.js';

/** Blocks of one answer; an index beyond is nonsense. */
const BLOCKS_MAX = 10_000;

interface OpenPart {
  readonly part: number;
  /** A tool's input, some upstreams tell it whole in the block's beginning. */
  hasInput: boolean;
  readonly wholeInput: string;
  signature: string;
}

/** Reads the stream of an upstream that speaks Messages. */
export class MessagesStreamReader implements TurnStreamReader {
  private readonly usageReader = new MessagesUsageReader();
  /** Blocks under way, by their index; null for those that are not told. */
  private readonly open = new Map<number, OpenPart | null>();
  private parts = 0;
  private hasBegun = false;
  private hasFinished = false;

  get usage(): UsageReading {
    return this.usageReader.reading;
  }

  read({ name, data }: StreamEvent): readonly TurnEvent[] | null {
    const document = parsedJson(data);
    if (!isRecord(document)) return null;
    const type = textOf(document['type']) ?? name;
    switch (type ?? '') {
      case 'message_start':
        return this.begin(document);
      case 'content_block_start':
        return this.beginBlock(document);
      case 'content_block_delta':
        return this.delta(document);
      case 'content_block_stop':
        return this.endBlock(indexOf(document));
      case 'message_delta':
        return this.messageDelta(document);
      case 'message_stop':
        return [...this.endAll(), { kind: 'over' }];
      default: {
        const failure =
          name === 'error' || type === 'error' || isRecord(document['error']) ? messagesFailure(document) : null;
        return failure === null ? [] : [{ kind: 'failed', failure }];
      }
    }
  }

  end(): readonly TurnEvent[] {
    return [];
  }

  private begin(document: Record<string, unknown>): TurnEvent[] {
    this.usageReader.note(document);
    if (this.hasBegun) return [];
    this.hasBegun = true;
    const message = isRecord(document['message']) ? document['message'] : {};
    return [{ kind: 'begun', id: textOf(message['id']), createdSeconds: null, model: textOf(message['model']) }];
  }

  private beginBlock(document: Record<string, unknown>): TurnEvent[] {
    const index = indexOf(document);
    const block = document['content_block'];
    if (!isRecord(block) || this.parts >= BLOCKS_MAX) return [];
    const before = this.endBlock(index);
    const is = beginningOf(block);
    if (is === null) {
      this.open.set(index, null);
      return before;
    }
    const part = this.parts++;
    const input =
      isRecord(block['input']) && Object.keys(block['input']).length > 0 ? JSON.stringify(block['input']) : '';
    const opened: OpenPart = { part, hasInput: false, wholeInput: input, signature: textOf(block['signature']) ?? '' };
    this.open.set(index, opened);
    const events: TurnEvent[] = [...before, { kind: 'part_begun', choice: 0, part, is }];
    if (block['type'] === 'redacted_thinking') opened.signature = textOf(block['data']) ?? '';
    const text = textOf(block['text']) ?? textOf(block['thinking']) ?? '';
    if (text !== '') events.push(deltaOf(part, text));
    return events;
  }

  private delta(document: Record<string, unknown>): TurnEvent[] {
    const opened = this.open.get(indexOf(document)) ?? null;
    const { delta } = document;
    if (opened === null || !isRecord(delta)) return [];
    const { part } = opened;
    switch (delta['type']) {
      case 'text_delta':
        return textDelta(part, delta['text']);
      case 'thinking_delta':
        return textDelta(part, delta['thinking']);
      case 'input_json_delta':
        opened.hasInput ||= textOf(delta['partial_json']) !== '';
        return textDelta(part, delta['partial_json']);
      case 'signature_delta':
        opened.signature += textOf(delta['signature']) ?? '';
        return [];
      case 'citations_delta': {
        const citation = citationOf(delta['citation']);
        return citation === null ? [] : [{ kind: 'citation', choice: 0, part, citation }];
      }
      default:
        return [];
    }
  }

  private endBlock(index: number): TurnEvent[] {
    const opened = this.open.get(index) ?? null;
    this.open.delete(index);
    if (opened === null) return [];
    const { part, signature, wholeInput, hasInput } = opened;
    const events: TurnEvent[] = [];
    if (!hasInput && wholeInput !== '') events.push(deltaOf(part, wholeInput));
    if (signature !== '') events.push({ kind: 'seal', choice: 0, part, seal: sealOf(signature, 'anthropic') });
    events.push({ kind: 'part_ended', choice: 0, part });
    return events;
  }

  private endAll(): TurnEvent[] {
    return [...this.open.keys()].flatMap((index) => this.endBlock(index));
  }

  private messageDelta(document: Record<string, unknown>): TurnEvent[] {
    this.usageReader.note(document);
    const delta = isRecord(document['delta']) ? document['delta'] : {};
    const word = textOf(delta['stop_reason']);
    if (word === null || this.hasFinished) return [];
    this.hasFinished = true;
    const stopSequence = textOf(delta['stop_sequence']);
    return [...this.endAll(), { kind: 'finish', choice: 0, reason: stopReasonOf(word), stopSequence }];
  }
}

function indexOf({ index }: Record<string, unknown>): number {
  return typeof index === 'number' ? index : 0;
}

function textDelta(part: number, text: unknown): TurnEvent[] {
  return typeof text === 'string' && text !== '' ? [deltaOf(part, text)] : [];
}

function deltaOf(part: number, text: string): TurnEvent {
  return { kind: 'delta', choice: 0, part, text, logprobs: [] };
}
