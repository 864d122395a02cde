import type { AnswerClosing } from '../call/answer-closing.js';
import type { ToldStream } from '../call/told-stream.js';
import { CustomInputReader } from '../turn/custom-input.js';
import { declaredToolsOf, type DeclaredTool } from '../turn/function-forms.js';
import type { TurnEnding, TurnStreamWriter } from '../turn/turn-dialect.js';
import type { PartBeginning, StopReason, TurnEvent } from '../turn/turn-event.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { writeCitation } from './chat-citations.js';
import type { ChatFace } from './chat-face.js';
import { chatFinishReason } from './chat-finish.js';
import { writeImage } from './chat-images.js';
import { writeLogprobs } from './chat-logprobs.js';
import { CHAT_DONE, writeUsageEvent, type ChunkHead } from './chat-stream-writer.js';
import { writeChatUsage } from './chat-usage-writer.js';
import { sealDetail, textDetail } from './reasoning-details.js';

interface WrittenPart {
  readonly is: PartBeginning;
  /** Of a call: its place among the calls of the choice. */
  readonly call: number;
  /** The tool as the client declared it; null for anything but a call. */
  readonly tool: DeclaredTool | null;
  readonly customInput: CustomInputReader | null;
  /** Of a text: where it begins in the content of the choice. */
  readonly start: number;
  hasSaid: boolean;
}

interface WrittenChoice {
  readonly parts: Map<number, WrittenPart>;
  hasRole: boolean;
  calls: number;
  /** Characters of content so far. */
  length: number;
  thoughts: number;
  finish: StopReason | null;
}

/** Writes a translated stream for a chat client. */
export class ChatTurnWriter implements TurnStreamWriter {
  private readonly choices = new Map<number, WrittenChoice>();
  private readonly head: ChunkHead;
  /** Of every chunk, up to the index of its choice. */
  private readonly opening: string;
  private readonly declared: (called: string) => DeclaredTool;
  private out = '';

  constructor(
    private readonly face: ChatFace,
    private readonly told: ToldStream,
  ) {
    const { standIn, model } = face;
    this.head = { id: told.id ?? standIn.id, createdSeconds: standIn.createdSeconds, model };
    const { id, createdSeconds } = this.head;
    const names = `"id":${JSON.stringify(id)},"object":"chat.completion.chunk","created":${createdSeconds}`;
    this.opening = `data: {${names},"model":${JSON.stringify(model)},"system_fingerprint":null,"choices":[{"index":`;
    this.declared = declaredToolsOf(face.tools);
  }

  write(event: TurnEvent): Buffer | null {
    switch (event.kind) {
      case 'part_begun':
        this.beginPart(this.choice(event.choice), event);
        break;
      case 'delta':
        this.say(event);
        break;
      case 'seal':
        this.writeSeal(event);
        break;
      case 'citation':
        this.cite(event);
        break;
      case 'part_ended':
        this.endPart(event);
        break;
      case 'finish':
        this.choice(event.choice).finish = event.reason;
        break;
      case 'begun':
      case 'failed':
      case 'over':
        break;
    }
    return this.written();
  }

  finish(closing: AnswerClosing, { forced, serviceTier }: TurnEnding): Buffer {
    const usage = writeChatUsage(null, closing);
    const asks = this.face.asksUsageChunk;
    const open = this.openAtEnd(forced);
    const tier = serviceTier === null ? '' : `,"service_tier":${JSON.stringify(serviceTier)}`;
    for (const [place, index] of open.entries()) {
      const choice = this.choice(index);
      const reason = chatFinishReason(choice.finish ?? forced ?? 'stop', choice.calls > 0);
      const role = choice.hasRole ? '' : '"role":"assistant","content":""';
      const riding = place === open.length - 1 && !asks ? `,"usage":${usage.toString()}` : '';
      this.out += `${this.opening}${index},"delta":{${role}},"logprobs":null,"finish_reason":${JSON.stringify(reason)}}]${tier}${riding}}\n\n`;
    }
    const ends = Buffer.from(this.out);
    this.out = '';
    return Buffer.concat(asks ? [ends, writeUsageEvent(this.head, usage), CHAT_DONE] : [ends, CHAT_DONE]);
  }

  /** Of an answer that ended by itself those that it told; of one that we end all that were asked for. */
  private openAtEnd(forced: StopReason | null): number[] {
    const asked = forced === null ? 0 : this.face.choices;
    for (let index = 0; index < Math.max(asked, this.choices.size === 0 ? 1 : 0); index++) this.choice(index);
    return [...this.choices.keys()].toSorted((one, other) => one - other);
  }

  private choice(index: number): WrittenChoice {
    const found = this.choices.get(index);
    if (found !== undefined) return found;
    const choice = { parts: new Map(), hasRole: false, calls: 0, length: 0, thoughts: 0, finish: null };
    this.choices.set(index, choice);
    return choice;
  }

  private beginPart(choice: WrittenChoice, { choice: index, part, is }: TurnEvent & { kind: 'part_begun' }): void {
    const isCall = is.type === 'tool_call';
    const tool = isCall ? this.toolOf(is) : null;
    const isDecoded = isCall && is.form === 'function' && tool?.form === 'custom';
    choice.parts.set(part, {
      is,
      call: isCall ? choice.calls++ : 0,
      tool,
      customInput: isDecoded ? new CustomInputReader() : null,
      start: choice.length,
      hasSaid: false,
    });
    if (is.type === 'media') {
      if (is.mediaType.startsWith('image/')) this.emit(index, { images: [writeImage(is.mediaType, is.data)] });
      else this.emit(index, { audio: { data: is.data } });
    } else if (isCall && tool !== null) {
      const { name, form } = tool;
      const empty = form === 'custom' ? { custom: { name, input: '' } } : { function: { name, arguments: '' } };
      this.emit(index, { tool_calls: [{ index: choice.calls - 1, id: is.callId, type: form, ...empty }] });
    } else if (is.type === 'reasoning' && is.told === 'summary' && choice.thoughts++ > 0 && !this.face.hidesReasoning) {
      // Summaries are paragraphs; as one text they would run together.
      this.emit(index, { reasoning: '\n\n', reasoning_content: '\n\n' });
    }
  }

  private toolOf({ name, namespace, form }: PartBeginning & { type: 'tool_call' }): DeclaredTool {
    return namespace === null && form === 'function' ? this.declared(name) : { name, namespace, form };
  }

  private say({ choice: index, part, text, logprobs }: TurnEvent & { kind: 'delta' }): void {
    const choice = this.choice(index);
    const open = choice.parts.get(part);
    if (open === undefined) return;
    open.hasSaid = true;
    switch (open.is.type) {
      case 'text':
        choice.length += text.length;
        this.emitText(index, 'content', text, logprobs.length === 0 ? null : writeLogprobs(logprobs, 'content'));
        return;
      case 'refusal':
        this.emitText(index, 'refusal', text, logprobs.length === 0 ? null : writeLogprobs(logprobs, 'refusal'));
        return;
      case 'reasoning': {
        if (this.face.hidesReasoning) return;
        const details = [textDetail(open.is.told, text, part, open.is.id)];
        this.emit(index, { reasoning: text, reasoning_content: text, reasoning_details: details });
        return;
      }
      case 'tool_call':
        this.sayInput(index, open, open.customInput === null ? text : open.customInput.read(text));
        return;
      case 'media':
        return;
    }
  }

  private sayInput(index: number, { call, tool }: WrittenPart, text: string): void {
    if (text === '') return;
    const more = tool?.form === 'custom' ? { custom: { input: text } } : { function: { arguments: text } };
    this.emit(index, { tool_calls: [{ index: call, ...more }] });
  }

  private writeSeal({ choice: index, part, seal }: TurnEvent & { kind: 'seal' }): void {
    const open = this.choice(index).parts.get(part);
    if (open === undefined || this.face.hidesReasoning) return;
    const { is } = open;
    if (is.type === 'reasoning') {
      const isText = !is.isRedacted && is.told === 'full';
      this.emit(index, { reasoning_details: [sealDetail(seal, { isText, index: part, id: is.id })] });
    } else if (is.type === 'tool_call') {
      this.emit(index, { reasoning_details: [sealDetail(seal, { isText: false, index: part, id: is.callId })] });
    }
  }

  private cite({ choice: index, part, citation }: TurnEvent & { kind: 'citation' }): void {
    const choice = this.choice(index);
    const start = choice.parts.get(part)?.start ?? 0;
    const annotation = writeCitation(citation, start, choice.length);
    if (annotation !== null) this.emit(index, { annotations: [annotation] });
  }

  private endPart({ choice: index, part }: TurnEvent & { kind: 'part_ended' }): void {
    const open = this.choice(index).parts.get(part);
    if (open?.is.type !== 'tool_call') return;
    if (open.customInput !== null) this.sayInput(index, open, open.customInput.rest());
    // Clients parse the arguments of a call without any.
    else if (!open.hasSaid && open.tool?.form === 'function') this.sayInput(index, open, '{}');
  }

  private emit(index: number, delta: JsonRecord): void {
    this.emitChunk(index, JSON.stringify(delta).slice(1, -1), 'null');
  }

  private emitText(index: number, key: string, text: string, logprobs: JsonRecord | null): void {
    this.emitChunk(index, `"${key}":${JSON.stringify(text)}`, logprobs === null ? 'null' : JSON.stringify(logprobs));
  }

  private emitChunk(index: number, members: string, logprobs: string): void {
    const choice = this.choice(index);
    let role = '';
    if (!choice.hasRole) {
      choice.hasRole = true;
      role = members.startsWith('"content":') ? '"role":"assistant",' : '"role":"assistant","content":"",';
    }
    this.out += `${this.opening}${index},"delta":{${role}${members}},"logprobs":${logprobs},"finish_reason":null}]}\n\n`;
  }

  private written(): Buffer | null {
    if (this.out === '') return null;
    this.told.id ??= this.head.id;
    this.told.isOpened = true;
    const bytes = Buffer.from(this.out);
    this.out = '';
    return bytes;
  }
}
