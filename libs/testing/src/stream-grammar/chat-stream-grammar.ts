import { costViolations } from './told-cost.js';
import { isCount, isRecord, listOf, recordOf, toldEvents, type StreamEnd, type ToldEvent } from './told-events.js';

export interface ChatStreamWish {
  /** `stream_options.include_usage`. */
  readonly asksUsage: boolean;
  readonly end: StreamEnd;
}

/** What a chat client would find wrong with the bytes it got; empty for a stream by the rules. */
export function chatStreamViolations(bytes: Buffer, wish: ChatStreamWish): string[] {
  const { events, violations } = toldEvents(bytes, wish.end);
  const checker = new ChatStreamChecker(wish, violations);
  for (const event of events) checker.take(event);
  checker.end();
  return violations;
}

interface ToldChoice {
  readonly callIds: Map<number, string>;
  isFinished: boolean;
}

class ChatStreamChecker {
  private readonly choices = new Map<number, ToldChoice>();
  private readonly constants = new Map<string, unknown>();
  private ending: 'done' | 'error' | null = null;
  private usages = 0;

  constructor(
    private readonly wish: ChatStreamWish,
    private readonly violations: string[],
  ) {}

  take(event: ToldEvent): void {
    const { place, name, text, data } = event;
    if (this.ending !== null) this.note(place, `something behind the ${this.ending}`);
    if (name !== null) this.note(place, `an event of the name ${name}`);
    if (text === '[DONE]') {
      this.ending = 'done';
      return;
    }
    if (data === null) this.note(place, 'the data is no JSON object');
    else if (data['error'] !== undefined) this.takeError(place, data);
    else this.takeChunk(place, data);
  }

  end(): void {
    if (this.wish.end === 'reset') return;
    if (this.ending === null) this.violations.push('the stream ends with neither [DONE] nor an error');
    if (this.ending !== 'done') return;
    if (this.choices.size === 0) this.violations.push('no choice was told');
    for (const [index, { isFinished }] of this.choices) {
      if (!isFinished) this.violations.push(`choice ${index} has no finish reason`);
    }
    if (this.usages !== 1) this.violations.push(`${this.usages} usage objects`);
  }

  private note(place: number, what: string): void {
    this.violations.push(`event ${place}: ${what}`);
  }

  /** Bare, or OpenRouter's whole chunk with the finish reason `error`. */
  private takeError(place: number, data: Readonly<Record<string, unknown>>): void {
    this.ending = 'error';
    const error = recordOf(data['error']);
    if (typeof error['message'] !== 'string') this.note(place, 'an error without a message');
    if (typeof error['code'] !== 'number') this.note(place, 'an error whose code is no number');
    if (data['choices'] === undefined) return;
    const reasons = listOf(data['choices']).map((choice) => recordOf(choice)['finish_reason']);
    if (!reasons.includes('error')) this.note(place, 'an error chunk without the finish reason error');
  }

  private takeChunk(place: number, chunk: Readonly<Record<string, unknown>>): void {
    if (chunk['object'] !== 'chat.completion.chunk') this.note(place, 'object is not chat.completion.chunk');
    if (typeof chunk['id'] !== 'string' || chunk['id'] === '') this.note(place, 'id is no text');
    if (!isCount(chunk['created'])) this.note(place, 'created is no time');
    if (typeof chunk['model'] !== 'string') this.note(place, 'model is no text');
    if (!('system_fingerprint' in chunk)) this.note(place, 'system_fingerprint is missing');
    for (const key of ['id', 'model']) {
      if (!this.constants.has(key)) this.constants.set(key, chunk[key]);
      else if (this.constants.get(key) !== chunk[key]) this.note(place, `${key} has changed`);
    }
    const { choices } = chunk;
    if (!Array.isArray(choices)) this.note(place, 'choices is no list');
    for (const choice of listOf(choices)) this.takeChoice(place, recordOf(choice));
    this.takeUsage(place, chunk['usage'] ?? null, listOf(choices));
  }

  private takeChoice(place: number, choice: Readonly<Record<string, unknown>>): void {
    const { index, delta } = choice;
    if (!isCount(index) || typeof index !== 'number') {
      this.note(place, 'a choice without an index');
      return;
    }
    for (const key of ['finish_reason', 'logprobs']) {
      if (!(key in choice)) this.note(place, `${key} is missing in choice ${index}`);
    }
    if (!isRecord(delta)) this.note(place, `choice ${index} has no delta`);
    const told = this.choices.get(index) ?? { callIds: new Map<number, string>(), isFinished: false };
    this.choices.set(index, told);
    const said = recordOf(delta);
    const hasContent = Object.entries(said).some(([key, value]) => key !== 'role' && value !== null && value !== '');
    if (told.isFinished && hasContent) this.note(place, `choice ${index} goes on behind its finish reason`);
    for (const call of listOf(said['tool_calls'])) this.takeCall(place, recordOf(call), told);
    if (typeof choice['finish_reason'] === 'string') told.isFinished = true;
  }

  private takeCall(place: number, call: Readonly<Record<string, unknown>>, { callIds }: ToldChoice): void {
    const { index, id, type } = call;
    if (typeof index !== 'number') {
      this.note(place, 'a tool call without an index');
      return;
    }
    const known = callIds.get(index);
    if (known !== undefined) {
      if (typeof id === 'string' && id !== '' && id !== known) this.note(place, `tool call ${index} changes its id`);
      return;
    }
    const named = recordOf(type === 'custom' ? call['custom'] : call['function']);
    if (typeof id !== 'string' || id === '') this.note(place, `tool call ${index} begins without an id`);
    if (typeof named['name'] !== 'string' || named['name'] === '') this.note(place, `tool call ${index} has no name`);
    callIds.set(index, typeof id === 'string' ? id : '');
  }

  /** On a chunk of its own behind the last finish when the client asked for that, else on the finishing chunk. */
  private takeUsage(place: number, usage: unknown, choices: readonly unknown[]): void {
    if (usage === null) return;
    this.usages++;
    const told = recordOf(usage);
    for (const key of ['prompt_tokens', 'completion_tokens', 'total_tokens']) {
      if (!isCount(told[key])) this.note(place, `usage.${key} is no count`);
    }
    for (const violation of costViolations(told, 'chat')) this.note(place, violation);
    const isOwn = choices.length === 0;
    if (this.wish.asksUsage && !isOwn) this.note(place, 'usage with choices, though a chunk of its own was asked for');
    if (!this.wish.asksUsage && isOwn) this.note(place, 'a usage chunk that nobody asked for');
    const isFinishing = choices.some((choice) => recordOf(choice)['finish_reason'] !== null);
    if (!isOwn && !isFinishing) this.note(place, 'usage before the finish reason');
    if ([...this.choices.values()].some(({ isFinished }) => !isFinished))
      this.note(place, 'usage before a choice ended');
  }
}
