import { createHash } from 'node:crypto';

import { isRecord, textOf } from '../json/records.js';
import { sealOf } from '../turn/seal-envelope.js';
import type { PartBeginning, TokenLogprob, TurnEvent } from '../turn/turn-event.js';
import type { TurnCitation } from '../turn/turn-part.js';
import type { JsonRecord } from '../turn/turn-request.js';

/** Parts of one answer; what comes beyond is nonsense. */
const PARTS_MAX = 10_000;

interface OpenPart {
  readonly part: number;
  readonly kind: 'text' | 'thought';
}

/** Turns the parts of one candidate into events: text and thoughts grow from chunk to chunk, all else comes whole. */
export class GeminiPartsReader {
  hasCalls = false;
  private open: OpenPart | null = null;
  private parts = 0;

  /** `answer` makes the names of calls that Gemini does not name. */
  constructor(
    private readonly choice: number,
    private readonly answer: string,
  ) {}

  read(part: JsonRecord, logprobs: readonly TokenLogprob[]): TurnEvent[] {
    if (this.parts >= PARTS_MAX) return [];
    const call = part['functionCall'];
    const data = part['inlineData'];
    const signature = textOf(part['thoughtSignature']) ?? '';
    if (isRecord(call)) return this.call(call, signature);
    if (isRecord(data)) return this.media(data);
    const text = textOf(part['text']);
    return text === null && signature === '' ? [] : this.text({ part, text: text ?? '', signature }, logprobs);
  }

  /** A source of the text under way. */
  cite(citation: TurnCitation): TurnEvent[] {
    const { open, choice } = this;
    return open?.kind === 'text' ? [{ kind: 'citation', choice, part: open.part, citation }] : [];
  }

  end(): TurnEvent[] {
    const { open, choice } = this;
    this.open = null;
    return open === null ? [] : [{ kind: 'part_ended', choice, part: open.part }];
  }

  private text(
    { part, text, signature }: { readonly part: JsonRecord; readonly text: string; readonly signature: string },
    logprobs: readonly TokenLogprob[],
  ): TurnEvent[] {
    const { choice } = this;
    const kind = part['thought'] === true ? 'thought' : 'text';
    const events: TurnEvent[] = [];
    if (text !== '') {
      events.push(...this.opened(kind));
      const number = this.open?.part ?? 0;
      events.push({ kind: 'delta', choice, part: number, text, logprobs: kind === 'text' ? logprobs : [] });
    }
    if (signature !== '') events.push(...this.sealed(kind, signature));
    return events;
  }

  /** A thought is sealed where it stands; the seal of a text has no place in it and becomes hidden reasoning behind it. */
  private sealed(kind: OpenPart['kind'], signature: string): TurnEvent[] {
    const { choice } = this;
    const seal = sealOf(signature, 'google');
    if (kind === 'thought' && this.open?.kind === 'thought') {
      const { part } = this.open;
      return [{ kind: 'seal', choice, part, seal }, ...this.end()];
    }
    const before = this.end();
    const part = this.parts++;
    const is: PartBeginning = { type: 'reasoning', told: 'summary', isRedacted: true, id: null };
    return [
      ...before,
      { kind: 'part_begun', choice, part, is },
      { kind: 'seal', choice, part, seal },
      { kind: 'part_ended', choice, part },
    ];
  }

  private opened(kind: OpenPart['kind']): TurnEvent[] {
    if (this.open?.kind === kind) return [];
    const before = this.end();
    const part = this.parts++;
    this.open = { part, kind };
    const is: PartBeginning =
      kind === 'text' ? { type: 'text' } : { type: 'reasoning', told: 'summary', isRedacted: false, id: null };
    return [...before, { kind: 'part_begun', choice: this.choice, part, is }];
  }

  private call(call: JsonRecord, signature: string): TurnEvent[] {
    const { choice } = this;
    const before = this.end();
    const part = this.parts++;
    this.hasCalls = true;
    const name = textOf(call['name']) ?? '';
    const input = isRecord(call['args']) ? JSON.stringify(call['args']) : '{}';
    const callId = textOf(call['id']) ?? this.callId(part);
    const is: PartBeginning = { type: 'tool_call', callId, name, namespace: null, form: 'function', id: null };
    const events: TurnEvent[] = [
      ...before,
      { kind: 'part_begun', choice, part, is },
      { kind: 'delta', choice, part, text: input, logprobs: [] },
    ];
    if (signature !== '') events.push({ kind: 'seal', choice, part, seal: sealOf(signature, 'google') });
    events.push({ kind: 'part_ended', choice, part });
    return events;
  }

  private media(data: JsonRecord): TurnEvent[] {
    const { choice } = this;
    const bytes = textOf(data['data']) ?? '';
    if (bytes === '') return [];
    const before = this.end();
    const part = this.parts++;
    const is: PartBeginning = {
      type: 'media',
      mediaType: textOf(data['mimeType']) ?? 'application/octet-stream',
      data: bytes,
    };
    return [...before, { kind: 'part_begun', choice, part, is }, { kind: 'part_ended', choice, part }];
  }

  /** The same for the same answer always, and another one for every other. */
  private callId(part: number): string {
    const hash = createHash('sha256').update(`${this.answer}\n${this.choice}\n${part}`).digest('hex');
    return `call_${hash.slice(0, 24)}`;
  }
}
