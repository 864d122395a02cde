import type { PartBeginning, TokenLogprob, TurnEvent } from '../turn/turn-event.js';
import type { Seal } from '../turn/turn-part.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { stopReasonOf } from './chat-finish.js';
import { readImage } from './chat-images.js';
import { readLogprobs } from './chat-logprobs.js';
import { readReasoningDetails, type ReasoningDetail } from './reasoning-details.js';
import { isRecord, listOf, parsedJson, textOf } from '../json/records.js';

const CALLS_MAX = 1024;

interface OpenCall {
  readonly part: number;
  /** As the upstream told it; null when it told none. */
  readonly id: string | null;
  readonly input: string[];
  isOpen: boolean;
}

interface OpenProse {
  readonly part: number;
  readonly kind: 'text' | 'refusal' | 'reasoning';
  /** Of thinking: which block it is. */
  readonly block: string;
  isSealed: boolean;
}

/**
 * Reads one choice. Chat has no parts: a text, a refusal and thinking go on until something else begins; calls stay open by
 * their index until the choice ends, or until the next one begins and their arguments are whole.
 */
export class ChatChoiceReader {
  private parts = 0;
  private prose: OpenProse | null = null;
  private readonly calls = new Map<number, OpenCall>();
  private begun = 0;
  private events: TurnEvent[] = [];

  constructor(private readonly choice: number) {}

  /** False for what no client could be told. */
  read(
    delta: JsonRecord,
    { logprobs, finishReason }: { readonly logprobs: unknown; readonly finishReason: string | null },
    events: TurnEvent[],
  ): boolean {
    this.events = events;
    this.readReasoning(delta);
    this.say('text', contentText(delta['content']), readLogprobs(logprobs, 'content'));
    this.say('refusal', textOf(delta['refusal']) ?? '', readLogprobs(logprobs, 'refusal'));
    this.readCitations(delta['annotations']);
    for (const value of listOf(delta['images'])) this.readPicture(value);
    const areCalls = listOf(delta['tool_calls']).every((call, place) => this.readCall(call, place));
    const legacy = delta['function_call'];
    if (isRecord(legacy)) this.readCall({ index: 0, id: null, function: legacy }, 0);
    if (finishReason !== null) this.finish(finishReason);
    return areCalls;
  }

  private begin(is: PartBeginning): number {
    const part = this.parts++;
    this.events.push({ kind: 'part_begun', choice: this.choice, part, is });
    return part;
  }

  private endPart(part: number): void {
    this.events.push({ kind: 'part_ended', choice: this.choice, part });
  }

  private endProse(): void {
    if (this.prose === null) return;
    this.endPart(this.prose.part);
    this.prose = null;
  }

  private proseOf(kind: OpenProse['kind'], block: string, is: () => PartBeginning): OpenProse {
    if (this.prose?.kind === kind && this.prose.block === block && !this.prose.isSealed) return this.prose;
    this.endProse();
    this.prose = { part: this.begin(is()), kind, block, isSealed: false };
    return this.prose;
  }

  private say(kind: 'text' | 'refusal', text: string, logprobs: readonly TokenLogprob[]): void {
    if (text === '') return;
    const { part } = this.proseOf(kind, '', () => ({ type: kind }));
    this.events.push({ kind: 'delta', choice: this.choice, part, text, logprobs });
  }

  /** One piece of thinking may be told in three members at once: the details tell the most. */
  private readReasoning(delta: JsonRecord): void {
    const details = readReasoningDetails(delta['reasoning_details']).filter((detail) => detail !== null);
    if (details.length > 0) {
      for (const detail of details) this.readDetail(detail);
      if (details.some(({ type, text }) => type !== 'encrypted' && text !== '')) return;
    }
    const { reasoning_content: long, reasoning: short } = delta;
    const text = typeof long === 'string' && long !== '' ? long : (textOf(short) ?? '');
    if (text !== '') this.think({ type: 'text', text, seal: null, id: null, index: null });
  }

  private readDetail(detail: ReasoningDetail): void {
    const { type, text, seal, id } = detail;
    if (type !== 'encrypted') {
      if (text !== '' || seal !== null) this.think(detail);
      return;
    }
    if (seal === null) return;
    const { prose } = this;
    if (prose?.kind === 'reasoning' && !prose.isSealed) {
      this.seal(prose, seal);
      return;
    }
    const isRedacted = seal.origin === 'anthropic';
    const block = blockOf(detail);
    this.endProse();
    const part = this.begin({ type: 'reasoning', told: 'full', isRedacted, id });
    this.prose = { part, kind: 'reasoning', block, isSealed: false };
    this.seal(this.prose, seal);
  }

  private think(detail: ReasoningDetail): void {
    const { type, text, seal, id } = detail;
    const told = type === 'summary' ? 'summary' : 'full';
    const prose = this.proseOf('reasoning', blockOf(detail), () => ({
      type: 'reasoning',
      told,
      isRedacted: false,
      id,
    }));
    if (text !== '') this.events.push({ kind: 'delta', choice: this.choice, part: prose.part, text, logprobs: [] });
    if (seal !== null) this.seal(prose, seal);
  }

  private seal(prose: OpenProse, seal: Seal): void {
    prose.isSealed = true;
    this.events.push({ kind: 'seal', choice: this.choice, part: prose.part, seal });
  }

  private readCitations(value: unknown): void {
    for (const annotation of listOf(value)) {
      const cited = isRecord(annotation) ? annotation['url_citation'] : null;
      if (!isRecord(cited)) continue;
      const { part } = this.proseOf('text', '', () => ({ type: 'text' }));
      const { start_index: start, end_index: end } = cited;
      this.events.push({
        kind: 'citation',
        choice: this.choice,
        part,
        citation: {
          url: textOf(cited['url']),
          title: textOf(cited['title']),
          citedText: textOf(cited['content']),
          start: typeof start === 'number' ? start : null,
          end: typeof end === 'number' ? end : null,
        },
      });
    }
  }

  private readPicture(value: unknown): void {
    const image = readImage(value);
    if (image === null) return;
    this.endProse();
    this.endPart(this.begin({ type: 'media', ...image }));
  }

  private readCall(value: unknown, place: number): boolean {
    if (!isRecord(value)) return true;
    const index = typeof value['index'] === 'number' ? value['index'] : place;
    const form = isRecord(value['custom']) ? 'custom' : 'function';
    const told = isRecord(value[form]) ? value[form] : {};
    const input = inputText(told[form === 'custom' ? 'input' : 'arguments']);
    const id = textOf(value['id']);
    const known = this.knownCall(index, { id, name: told['name'] });
    const call = known ?? this.beginCall(index, form, { id, name: told['name'] });
    if (call === null) return false;
    if (input === '') return true;
    // Its arguments were whole: white space may follow, anything else is no call.
    if (!call.isOpen) return input.trim() === '';
    call.input.push(input);
    this.events.push({ kind: 'delta', choice: this.choice, part: call.part, text: input, logprobs: [] });
    return true;
  }

  /** Gemini's chat endpoint tells parallel calls under one index: another id with a name is another call. */
  private knownCall(
    index: number,
    { id, name }: { readonly id: string | null; readonly name: unknown },
  ): OpenCall | undefined {
    const call = this.calls.get(index);
    const isAnother = id !== null && id !== '' && call?.id !== id && typeof name === 'string' && name !== '';
    if (call === undefined || !isAnother) return call;
    if (call.isOpen) this.endCall(call);
    return undefined;
  }

  private beginCall(
    index: number,
    form: 'function' | 'custom',
    { id, name }: { readonly id: string | null; readonly name: unknown },
  ): OpenCall | null {
    if (typeof name !== 'string' || name === '' || this.begun >= CALLS_MAX) return null;
    this.begun++;
    this.endProse();
    for (const call of this.calls.values()) if (call.isOpen && isWhole(call.input)) this.endCall(call);
    const callId = id === null || id === '' ? `call_${this.choice}_${this.begun}` : id;
    const part = this.begin({ type: 'tool_call', callId, name, namespace: null, form, id: null });
    const call: OpenCall = { part, id, input: [], isOpen: true };
    this.calls.set(index, call);
    return call;
  }

  private endCall(call: OpenCall): void {
    call.isOpen = false;
    call.input.length = 0;
    this.endPart(call.part);
  }

  private finish(finishReason: string): void {
    this.endProse();
    for (const call of this.calls.values()) if (call.isOpen) this.endCall(call);
    this.events.push({ kind: 'finish', choice: this.choice, reason: stopReasonOf(finishReason), stopSequence: null });
  }
}

function blockOf({ type, index, id }: ReasoningDetail): string {
  return `${type === 'summary' ? 'summary' : 'full'} ${index ?? ''} ${id ?? ''}`;
}

function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  // Mistral's reasoning models answer in a list of parts.
  return listOf(content)
    .map((part) => (isRecord(part) ? (textOf(part['text']) ?? '') : ''))
    .join('');
}

/** Some upstreams give the arguments as an object. */
function inputText(value: unknown): string {
  if (typeof value === 'string') return value;
  return isRecord(value) ? JSON.stringify(value) : '';
}

function isWhole(input: readonly string[]): boolean {
  return input.at(-1)?.trimEnd().endsWith('}') === true && isRecord(parsedJson(input.join('')));
}
