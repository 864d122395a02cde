import type { AnswerFailure } from '../call/answer-closing.js';
import { isRecord, parsedJson, textOf } from '../json/records.js';
import { sealOf } from '../turn/seal-envelope.js';
import type { PartBeginning, StreamEvent, TurnEvent, TurnStreamReader } from '../turn/turn-event.js';
import { ConverseUsageReader } from '../usage/converse-usage.js';
import type { UsageReading } from '../usage/usage-reading.js';
import { stopReasonOf } from './converse-reasons.js';

/** Blocks of one answer; what comes beyond is nonsense. */
const BLOCKS_MAX = 10_000;

type Document = Readonly<Record<string, unknown>>;

interface OpenBlock {
  readonly part: number;
  signature: string;
}

/** Reads the events of `ConverseStream`, each named after its member; `metadata` is the last one. */
export class ConverseStreamReader implements TurnStreamReader {
  private readonly usageReader = new ConverseUsageReader();
  private readonly open = new Map<number, OpenBlock>();
  private parts = 0;
  private hasFinished = false;

  get usage(): UsageReading {
    return this.usageReader.reading;
  }

  read({ name, data }: StreamEvent): readonly TurnEvent[] | null {
    const document = parsedJson(data);
    if (!isRecord(document)) return null;
    switch (name ?? '') {
      case 'messageStart':
        return [{ kind: 'begun', id: null, createdSeconds: null, model: null }];
      case 'contentBlockStart':
        return this.begin(document);
      case 'contentBlockDelta':
        return this.delta(document);
      case 'contentBlockStop':
        return this.endBlock(indexOf(document));
      case 'messageStop':
        return this.stop(document);
      case 'metadata':
        this.usageReader.note(document);
        return [{ kind: 'over' }];
      default: {
        const failure = converseFailure(document);
        return failure === null ? [] : [{ kind: 'failed', failure }];
      }
    }
  }

  end(): readonly TurnEvent[] {
    return [];
  }

  private begin(document: Document): TurnEvent[] {
    const start = isRecord(document['start']) ? document['start'] : {};
    const use = start['toolUse'];
    if (!isRecord(use)) return [];
    const is: PartBeginning = {
      type: 'tool_call',
      callId: textOf(use['toolUseId']) ?? '',
      name: textOf(use['name']) ?? '',
      namespace: null,
      form: 'function',
      id: null,
    };
    return this.opened(indexOf(document), is).events;
  }

  private delta(document: Document): TurnEvent[] {
    const { delta } = document;
    if (!isRecord(delta)) return [];
    const index = indexOf(document);
    const reasoning = delta['reasoningContent'];
    if (isRecord(reasoning)) return this.reasoning(index, reasoning);
    const use = delta['toolUse'];
    if (isRecord(use)) {
      const block = this.open.get(index);
      return block === undefined ? [] : textDelta(block.part, use['input']);
    }
    if (textOf(delta['text']) === null) return [];
    const { block, events } = this.opened(index, { type: 'text' });
    return block === null ? [] : [...events, ...textDelta(block.part, delta['text'])];
  }

  private reasoning(index: number, reasoning: Document): TurnEvent[] {
    const redacted = textOf(reasoning['redactedContent']);
    const isRedacted = redacted !== null;
    const { block, events } = this.opened(index, { type: 'reasoning', told: 'full', isRedacted, id: null });
    if (block === null) return [];
    block.signature += redacted ?? textOf(reasoning['signature']) ?? '';
    return [...events, ...textDelta(block.part, reasoning['text'])];
  }

  /** The block under this index; begun as `is` when there is none. Texts and thoughts are not announced. */
  private opened(index: number, is: PartBeginning): { readonly block: OpenBlock | null; readonly events: TurnEvent[] } {
    const known = this.open.get(index);
    if (known !== undefined) return { block: known, events: [] };
    if (this.parts >= BLOCKS_MAX) return { block: null, events: [] };
    const block = { part: this.parts++, signature: '' };
    this.open.set(index, block);
    return { block, events: [{ kind: 'part_begun', choice: 0, part: block.part, is }] };
  }

  private endBlock(index: number): TurnEvent[] {
    const block = this.open.get(index);
    if (block === undefined) return [];
    this.open.delete(index);
    const { part, signature } = block;
    const ended: TurnEvent = { kind: 'part_ended', choice: 0, part };
    return signature === ''
      ? [ended]
      : [{ kind: 'seal', choice: 0, part, seal: sealOf(signature, 'anthropic') }, ended];
  }

  private stop(document: Document): TurnEvent[] {
    if (this.hasFinished) return [];
    this.hasFinished = true;
    const open = [...this.open.keys()].flatMap((index) => this.endBlock(index));
    const reason = stopReasonOf(textOf(document['stopReason']) ?? '');
    return [...open, { kind: 'finish', choice: 0, reason, stopSequence: stopSequenceIn(document) }];
  }
}

/** An exception in a stream (told in the form of an `error` event), or an error of Bedrock's API; null when it is none. */
export function converseFailure(document: Document): AnswerFailure | null {
  const { error } = document;
  if (isRecord(error)) {
    return { message: textOf(error['message']) ?? 'Bedrock sent an error', type: textOf(error['type']), code: null };
  }
  const message = textOf(document['message']) ?? textOf(document['Message']);
  return message === null ? null : { message, type: textOf(document['__type']), code: null };
}

/** Which one was met is told by models that tell it themselves. */
export function stopSequenceIn(document: Document): string | null {
  const fields = document['additionalModelResponseFields'];
  return isRecord(fields) ? textOf(fields['stop_sequence']) : null;
}

function indexOf({ contentBlockIndex }: Document): number {
  return typeof contentBlockIndex === 'number' ? contentBlockIndex : 0;
}

function textDelta(part: number, text: unknown): TurnEvent[] {
  return typeof text === 'string' && text !== '' ? [{ kind: 'delta', choice: 0, part, text, logprobs: [] }] : [];
}
