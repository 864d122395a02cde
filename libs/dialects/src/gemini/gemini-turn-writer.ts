import type { AnswerClosing } from '../call/answer-closing.js';
import type { ToldStream } from '../call/told-stream.js';
import type { TurnEnding, TurnFace, TurnStreamWriter } from '../turn/turn-dialect.js';
import type { PartBeginning, StopReason, TurnEvent } from '../turn/turn-event.js';
import type { Seal, TurnCitation } from '../turn/turn-part.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { geminiEvent } from './gemini-event.js';
import { calledPart, groundingOf, mediaPart, sealedPart, showsThoughts } from './gemini-answer-parts.js';
import { finishWord } from './gemini-reasons.js';
import { writeGeminiUsage } from './gemini-usage-writer.js';

interface OpenPart {
  readonly is: PartBeginning;
  input: string;
  seal: Seal | null;
}

/** Writes turn events as a stream of Gemini: text as it comes, calls whole, everything in documents of one candidate. */
export class GeminiTurnWriter implements TurnStreamWriter {
  private readonly open = new Map<string, OpenPart>();
  private readonly citations = new Map<number, TurnCitation[]>();
  private readonly finished = new Map<number, StopReason>();
  private readonly begun = new Set<number>();

  constructor(
    private readonly face: TurnFace,
    private readonly told: ToldStream,
  ) {}

  write(event: TurnEvent): Buffer | null {
    const { kind } = event;
    if (kind === 'begun') this.told.id ??= event.id;
    if (kind === 'begun' || kind === 'failed' || kind === 'over') return null;
    this.begun.add(event.choice);
    if (kind === 'finish') {
      this.finished.set(event.choice, event.reason);
      return null;
    }
    const part = this.partOf(event);
    return part === null ? null : this.document(event.choice, { content: { role: 'model', parts: [part] } });
  }

  finish(closing: AnswerClosing, { forced }: TurnEnding): Buffer {
    const choices = this.begun.size === 0 ? [0] : [...this.begun].toSorted((one, other) => one - other);
    const candidates = choices.map((index) => ({
      content: { role: 'model', parts: [{ text: '' }] },
      finishReason: finishWord(forced ?? this.finished.get(index) ?? 'stop'),
      index,
      ...groundingOf(this.citations.get(index) ?? []),
    }));
    const members = JSON.stringify({ candidates, modelVersion: this.face.model, responseId: this.id }).slice(0, -1);
    return geminiEvent(Buffer.from(`${members},"usageMetadata":${writeGeminiUsage(null, closing).toString()}}`));
  }

  private get id(): string {
    this.told.id ??= this.face.standIn.id;
    return this.told.id;
  }

  private partOf(
    event: Exclude<TurnEvent, { readonly kind: 'begun' | 'failed' | 'over' | 'finish' }>,
  ): JsonRecord | null {
    const key = `${event.choice} ${event.part}`;
    if (event.kind === 'part_begun') {
      this.open.set(key, { is: event.is, input: '', seal: null });
      return event.is.type === 'media' ? mediaPart(event.is) : null;
    }
    const opened = this.open.get(key);
    if (opened === undefined) return null;
    switch (event.kind) {
      case 'delta':
        return this.delta(opened, event.text);
      case 'seal':
        opened.seal = event.seal;
        return null;
      case 'citation':
        this.citations.set(event.choice, [...(this.citations.get(event.choice) ?? []), event.citation]);
        return null;
      case 'part_ended':
        break;
    }
    this.open.delete(key);
    if (opened.is.type === 'tool_call') return calledPart({ ...opened.is, input: opened.input, seal: opened.seal });
    return opened.is.type === 'reasoning' && opened.seal !== null ? sealedPart(opened.seal) : null;
  }

  private delta(opened: OpenPart, text: string): JsonRecord | null {
    switch (opened.is.type) {
      case 'text':
      case 'refusal':
        return { text };
      case 'reasoning':
        return showsThoughts(this.face.turn) ? { text, thought: true } : null;
      case 'tool_call':
        opened.input += text;
        return null;
      case 'media':
        break;
    }
    return null;
  }

  private document(index: number, candidate: JsonRecord): Buffer {
    const document = { candidates: [{ ...candidate, index }], modelVersion: this.face.model, responseId: this.id };
    return geminiEvent(Buffer.from(JSON.stringify(document)));
  }
}
