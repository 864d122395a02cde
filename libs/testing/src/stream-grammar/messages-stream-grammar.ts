import { costViolations } from './told-cost.js';
import { isCount, isRecord, listOf, recordOf, toldEvents, type StreamEnd, type ToldEvent } from './told-events.js';

type Data = Readonly<Record<string, unknown>>;

/** Deltas that a kind of block may have. */
const deltasOf: ReadonlyMap<string, readonly string[]> = new Map([
  ['text', ['text_delta', 'citations_delta']],
  ['thinking', ['thinking_delta', 'signature_delta']],
  ['redacted_thinking', []],
  ['tool_use', ['input_json_delta']],
  ['server_tool_use', ['input_json_delta']],
  ['mcp_tool_use', ['input_json_delta']],
]);

/** What a Messages client would find wrong with the bytes it got; empty for a stream by the rules. */
export function messagesStreamViolations(bytes: Buffer, { end }: { readonly end: StreamEnd }): string[] {
  const { events, violations } = toldEvents(bytes, end);
  const checker = new MessagesStreamChecker(violations);
  for (const event of events) checker.take(event);
  if (end === 'whole') checker.end();
  return violations;
}

interface OpenBlock {
  readonly index: number;
  readonly type: string;
  json: string;
  hasSignature: boolean;
}

class MessagesStreamChecker {
  private state: 'before' | 'message' | 'delta' | 'stopped' | 'error' = 'before';
  private open: OpenBlock | null = null;
  private nextIndex = 0;

  constructor(private readonly violations: string[]) {}

  take({ place, name, data }: ToldEvent): void {
    const note = (what: string): void => void this.violations.push(`event ${place}: ${what}`);
    if (data === null) {
      note('the data is no JSON object');
      return;
    }
    const { type } = data;
    if (name !== type) note(`its name is ${name}, its type ${String(type)}`);
    if (type === 'ping') return;
    if (this.state === 'stopped' || this.state === 'error') note(`${String(type)} behind the end`);
    if (this.state === 'before' && type !== 'message_start' && type !== 'error')
      note(`${String(type)} before message_start`);
    this.takeEvent(String(type), data, note);
  }

  end(): void {
    if (this.state !== 'stopped' && this.state !== 'error') {
      this.violations.push('the stream ends with neither message_stop nor an error');
    }
  }

  private takeEvent(type: string, data: Data, note: (what: string) => void): void {
    switch (type) {
      case 'message_start':
        this.takeStart(recordOf(data['message']), note);
        return;
      case 'content_block_start':
        this.takeBlock(data, note);
        return;
      case 'content_block_delta':
        this.takeDelta(data, note);
        return;
      case 'content_block_stop':
        this.takeStop(data, note);
        return;
      case 'message_delta':
        this.takeMessageDelta(data, note);
        return;
      case 'message_stop':
        if (this.state !== 'delta') note('message_stop without a message_delta');
        this.state = 'stopped';
        return;
      case 'error':
        this.state = 'error';
        if (typeof recordOf(data['error'])['message'] !== 'string') note('an error without a message');
        if (typeof recordOf(data['error'])['type'] !== 'string') note('an error without a type');
        return;
      default:
        note(`an event of the unknown type ${type}`);
    }
  }

  private takeStart(message: Data, note: (what: string) => void): void {
    if (this.state !== 'before') note('a second message_start');
    this.state = 'message';
    if (typeof message['id'] !== 'string' || message['id'] === '') note('message.id is no text');
    if (message['type'] !== 'message' || message['role'] !== 'assistant') note('it is no message of an assistant');
    if (!Array.isArray(message['content']) || listOf(message['content']).length > 0) note('message.content is not []');
    if (typeof message['model'] !== 'string') note('message.model is no text');
    for (const key of ['stop_reason', 'stop_sequence']) if (message[key] !== null) note(`message.${key} is not null`);
    const usage = recordOf(message['usage']);
    for (const key of ['input_tokens', 'output_tokens']) if (!isCount(usage[key])) note(`usage.${key} is no count`);
  }

  private takeBlock(data: Data, note: (what: string) => void): void {
    const { index } = data;
    const block = recordOf(data['content_block']);
    if (this.state !== 'message') note('a block outside of the message');
    if (this.open !== null) note(`a block begins while block ${this.open.index} is open`);
    if (index !== this.nextIndex) note(`the index ${String(index)} follows ${this.nextIndex - 1}`);
    const type = String(block['type']);
    if (type === 'tool_use') {
      if (typeof block['id'] !== 'string' || typeof block['name'] !== 'string') note('a tool_use without id or name');
      if (!isRecord(block['input'])) note('a tool_use whose input is no object');
    }
    const isSigned = type !== 'thinking' || (typeof block['signature'] === 'string' && block['signature'] !== '');
    this.open = { index: this.nextIndex, type, json: '', hasSignature: isSigned };
    this.nextIndex++;
  }

  private takeDelta(data: Data, note: (what: string) => void): void {
    const { open } = this;
    const delta = recordOf(data['delta']);
    if (open === null || data['index'] !== open.index) {
      note('a delta of a block that is not open');
      return;
    }
    const allowed = deltasOf.get(open.type);
    if (allowed !== undefined && !allowed.includes(String(delta['type']))) {
      note(`${String(delta['type'])} in a block of the type ${open.type}`);
    }
    if (typeof delta['partial_json'] === 'string') open.json += delta['partial_json'];
    if (typeof delta['signature'] === 'string' && delta['signature'] !== '') {
      if (open.hasSignature) note('a second signature');
      open.hasSignature = true;
    }
  }

  private takeStop(data: Data, note: (what: string) => void): void {
    const { open } = this;
    if (open === null || data['index'] !== open.index) note('the end of a block that is not open');
    else if (!open.hasSignature) note('thinking without a signature: a client cannot send it back');
    else if (open.json !== '' && !isObject(open.json)) note(`the input of block ${open.index} is no JSON object`);
    this.open = null;
  }

  private takeMessageDelta(data: Data, note: (what: string) => void): void {
    if (this.open !== null) note(`message_delta while block ${this.open.index} is open`);
    if (typeof recordOf(data['delta'])['stop_reason'] !== 'string') note('message_delta without a stop reason');
    const usage = recordOf(data['usage']);
    if (!isCount(usage['output_tokens'])) note('usage.output_tokens is no count');
    for (const violation of costViolations(usage, 'messages')) note(violation);
    if (this.state !== 'message') note('message_delta outside of the message');
    this.state = 'delta';
  }
}

function isObject(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json);
    return isRecord(value);
  } catch {
    return false;
  }
}
