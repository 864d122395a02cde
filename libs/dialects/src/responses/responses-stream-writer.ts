import type { AnswerClosing } from '../call/answer-closing.js';
import type { ToldStream } from '../call/told-stream.js';
import { isRecord, listOf, parsedJson } from '../json/records.js';
import { declaredToolsOf, type DeclaredTool } from '../turn/function-forms.js';
import { sealText } from '../turn/seal-envelope.js';
import type { TurnEnding, TurnFace, TurnStreamWriter } from '../turn/turn-dialect.js';
import type { PartBeginning, StopReason, TurnEvent } from '../turn/turn-event.js';
import type { Seal } from '../turn/turn-part.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { CustomCallItem, FunctionCallItem, WholeItem } from './call-items.js';
import { MessageItem } from './message-item.js';
import { ItemEvents, type ItemStatus, type OpenItem } from './open-item.js';
import { LOCAL_SHELL, TOOL_SEARCH } from './read-responses-tools.js';
import { ReasoningItem } from './reasoning-item.js';
import { openingEvents, responsesEvent, runningState } from './responses-events.js';
import { membersText, requestEcho, resourceText, responseIdOf } from './responses-resource.js';
import { writeResponsesUsage } from './responses-usage-writer.js';

/** How a call is told; null when it is a function's like any other. */
type OwnTool = typeof TOOL_SEARCH | typeof LOCAL_SHELL | null;

interface WriterOptions {
  readonly previousResponseId: string | null;
  readonly nowSeconds: () => number;
}

type CallBeginning = Extract<PartBeginning, { type: 'tool_call' }>;

/** Writes a turn as a stream of Responses, by the grammar that its clients insist on. */
export class ResponsesStreamWriter implements TurnStreamWriter {
  resource: Buffer | null = null;
  private readonly echo: string;
  private readonly declared: (called: string) => DeclaredTool;
  private readonly ownTools: ReadonlySet<unknown>;
  private readonly isCompaction: boolean;
  private readonly items: OpenItem[] = [];
  private readonly byPart = new Map<number, OpenItem>();
  private readonly calls = new Map<number, string>();
  /** The message that texts go on in. */
  private message: MessageItem | null = null;
  private reason: StopReason = 'stop';

  constructor(
    private readonly face: TurnFace,
    private readonly told: ToldStream,
    private readonly options: WriterOptions,
  ) {
    const { document, turn } = face;
    this.echo = membersText(requestEcho(document, options.previousResponseId));
    this.declared = declaredToolsOf(turn.tools);
    const input = listOf(document['input']).filter(isRecord);
    const additional = input.flatMap((item) => (item['type'] === 'additional_tools' ? listOf(item['tools']) : []));
    const tools = [...listOf(document['tools']), ...additional].filter(isRecord);
    this.ownTools = new Set(tools.map(({ type }) => type));
    this.isCompaction = input.at(-1)?.['type'] === 'compaction_trigger';
  }

  write(event: TurnEvent): Buffer | null {
    const text = this.textOf(event);
    return text === '' ? null : Buffer.from(text);
  }

  finish(closing: AnswerClosing, { forced, serviceTier }: TurnEnding): Buffer {
    const reason = forced ?? this.reason;
    const incompleteReason = incompleteReasonOf(reason);
    const opening = openingEvents(this.told, this.face, this.echo);
    const ends = this.endAll(incompleteReason === null ? 'completed' : 'incomplete');
    const status = incompleteReason === null ? 'completed' : 'incomplete';
    const resource = resourceText(this.echo, {
      ...runningState(this.told.id ?? responseIdOf(this.face), this.face),
      status,
      completedSeconds: this.options.nowSeconds(),
      serviceTier,
      incompleteReason,
      output: this.items.flatMap(({ finished }) => finished ?? []),
      usage: writeResponsesUsage(null, closing),
    });
    this.resource = Buffer.from(resource);
    const terminal = responsesEvent(this.told, `response.${status}`, `"response":${resource}`);
    return Buffer.from(opening + ends + terminal);
  }

  private textOf(event: TurnEvent): string {
    switch (event.kind) {
      case 'begun':
        return openingEvents(this.told, this.face, this.echo);
      case 'part_begun':
        return openingEvents(this.told, this.face, this.echo) + this.beginPart(event.part, event.is);
      case 'delta':
        return this.byPart.get(event.part)?.delta(event.part, event.text, event.logprobs) ?? '';
      case 'seal':
        return this.seal(event.part, event.seal);
      case 'citation':
        return this.byPart.get(event.part)?.cite(event.part, event.citation) ?? '';
      case 'part_ended':
        return this.endPart(event.part);
      case 'finish':
        this.reason = event.reason;
        return '';
      case 'failed':
      case 'over':
        return '';
    }
    return '';
  }

  private beginPart(part: number, is: PartBeginning): string {
    if (is.type === 'tool_call') {
      this.calls.set(part, is.callId);
      return this.endMessage() + this.beginItem(part, this.call(is));
    }
    if (is.type === 'reasoning') {
      return this.endMessage() + this.beginItem(part, new ReasoningItem(this.itemEvents('rs'), is.told));
    }
    if (is.type === 'media') return this.endMessage() + this.beginItem(part, this.picture(is));
    return this.isCompaction ? this.beginItem(part, this.compaction()) : this.beginText(part, is.type);
  }

  private beginText(part: number, type: 'text' | 'refusal'): string {
    let opened = '';
    if (this.message === null) {
      this.message = new MessageItem(this.itemEvents('msg'));
      this.items.push(this.message);
      opened = this.message.open();
    }
    this.byPart.set(part, this.message);
    return opened + this.message.beginPart(part, type === 'text' ? 'output_text' : 'refusal');
  }

  private beginItem(part: number, item: OpenItem): string {
    this.items.push(item);
    this.byPart.set(part, item);
    return item.open();
  }

  private itemEvents(kind: string): ItemEvents {
    const outputIndex = this.items.length;
    const base = (this.told.id ?? responseIdOf(this.face)).replace(/^resp_/, '');
    return new ItemEvents({ told: this.told, outputIndex, id: `${kind}_${base.slice(0, 48)}_${outputIndex}` });
  }

  private call(is: CallBeginning): OpenItem {
    const { callId } = is;
    const tool: DeclaredTool = is.form === 'custom' || is.namespace !== null ? is : this.declared(is.name);
    const own = this.ownToolOf(tool);
    if (own === TOOL_SEARCH) return new WholeItem(this.itemEvents('tsc'), toolSearchItem(callId));
    if (own === LOCAL_SHELL) return new WholeItem(this.itemEvents('lsh'), localShellItem(callId));
    const { name, namespace } = tool;
    if (tool.form === 'function') return new FunctionCallItem(this.itemEvents('fc'), { callId, name, namespace });
    return new CustomCallItem(this.itemEvents('ctc'), { callId, name, namespace }, is.form === 'function');
  }

  private ownToolOf({ name, namespace, form }: DeclaredTool): OwnTool {
    if (namespace !== null || form !== 'function' || !this.ownTools.has(name)) return null;
    return name === TOOL_SEARCH || name === LOCAL_SHELL ? name : null;
  }

  private picture({ mediaType, data }: Extract<PartBeginning, { type: 'media' }>): OpenItem {
    const format = mediaType.replace(/^image\//, '');
    return new WholeItem(this.itemEvents('ig'), (_text, status) => ({
      type: 'image_generation_call',
      status,
      result: status === 'in_progress' ? null : data,
      output_format: format,
    }));
  }

  /** A conversation compacted by a model that has no compaction of its own: its summary, for us to open again. */
  private compaction(): OpenItem {
    return new WholeItem(this.itemEvents('cmp'), (text) => ({
      type: 'compaction',
      encrypted_content: text === '' ? '' : sealText({ origin: 'other', value: text }),
    }));
  }

  /** Responses has no place for the seal of a call: an item of reasoning behind it carries it, and tells whose it is. */
  private seal(part: number, seal: Seal): string {
    const callId = this.calls.get(part);
    const item = this.byPart.get(part);
    if (callId === undefined) {
      item?.seal(seal);
      return '';
    }
    const envelope = sealText(seal, { callId });
    const carrier = new WholeItem(this.itemEvents('rs'), (_text, status) => ({
      type: 'reasoning',
      summary: [],
      encrypted_content: envelope,
      status,
    }));
    this.items.push(carrier);
    return carrier.open() + carrier.end('completed');
  }

  private endPart(part: number): string {
    const item = this.byPart.get(part);
    if (item === undefined) return '';
    this.byPart.delete(part);
    // A message goes on: another text may follow in it.
    if (item instanceof MessageItem) return item.endPart(part) + (item === this.message ? '' : this.endIdle(item));
    return item.end('completed');
  }

  /** What is no text ends the message, once its parts have ended. */
  private endMessage(): string {
    const { message } = this;
    this.message = null;
    return message === null ? '' : this.endIdle(message);
  }

  private endIdle(message: MessageItem): string {
    return message.hasOpenParts ? '' : message.end('completed');
  }

  /** What is still open was cut, where the answer was cut. */
  private endAll(status: ItemStatus): string {
    const open = this.items.filter(({ finished }) => finished === null);
    this.message = null;
    return open
      .map((item) => item.end(item instanceof MessageItem && !item.hasOpenParts ? 'completed' : status))
      .join('');
  }
}

function incompleteReasonOf(reason: StopReason): string | null {
  if (reason === 'length' || reason === 'context_exceeded') return 'max_output_tokens';
  return reason === 'content_filter' ? 'content_filter' : null;
}

function toolSearchItem(callId: string) {
  return (text: string, status: string): object => ({
    type: 'tool_search_call',
    call_id: callId,
    execution: 'client',
    arguments: argumentsOf(text),
    status,
  });
}

function localShellItem(callId: string) {
  return (text: string, status: string): object => {
    const { command, env, ...rest } = argumentsOf(text);
    const action = { type: 'exec', command: listOf(command), env: isRecord(env) ? env : {}, ...rest };
    return { type: 'local_shell_call', call_id: callId, action, status };
  };
}

function argumentsOf(text: string): JsonRecord {
  const document = text === '' ? {} : parsedJson(text);
  return isRecord(document) ? document : {};
}
