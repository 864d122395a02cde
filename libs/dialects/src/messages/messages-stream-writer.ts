import type { AnswerClosing } from '../call/answer-closing.js';
import type { ToldStream } from '../call/told-stream.js';
import type { TurnEnding, TurnFace, TurnStreamWriter } from '../turn/turn-dialect.js';
import type { StopReason, TurnEvent } from '../turn/turn-event.js';
import { estimatedInputTokens } from './estimated-input.js';
import { MessagesBlockWriter } from './messages-block-writer.js';
import { MESSAGE_STOP, messageDelta, messageStart } from './messages-events.js';
import { writeMessagesUsage } from './messages-usage-writer.js';
import { stopWord } from './stop-reasons.js';

interface WaitingPart {
  readonly part: number;
  readonly block: MessagesBlockWriter;
  /** What came while another block was open; nothing once this one is. */
  readonly later: (() => Buffer[])[];
  hasEnded: boolean;
}

/**
 * Writes turn events as a Messages stream: one content block is open at a time, and what belongs to others waits until it has
 * ended. Messages has one choice; events of others are not told.
 */
export class MessagesStreamWriter implements TurnStreamWriter {
  /** In the order in which they began; the first one is open. */
  private readonly parts: WaitingPart[] = [];
  private blocks = 0;
  private reason: StopReason | null = null;
  private stopSequence: string | null = null;
  private refused = false;
  private called = false;

  constructor(
    private readonly face: TurnFace,
    private readonly told: ToldStream,
  ) {}

  write(event: TurnEvent): Buffer | null {
    const out = this.events(event);
    return out.length === 0 ? null : Buffer.concat(out);
  }

  finish(closing: AnswerClosing, { forced, serviceTier }: TurnEnding): Buffer {
    const out = this.opening(null);
    for (let first = this.parts[0]; first !== undefined; first = this.parts[0]) out.push(...this.end(first.part));
    const usage = writeMessagesUsage(null, closing, serviceTier);
    const word = this.stopReason(forced);
    out.push(messageDelta(word, forced === null ? this.stopSequence : null, usage), MESSAGE_STOP);
    return Buffer.concat(out);
  }

  private stopReason(forced: StopReason | null): string {
    if (forced !== null) return stopWord(forced);
    const reason = this.reason ?? 'stop';
    // Some upstreams end a turn of calls with their ordinary word; clients of Messages look at the reason alone.
    if (reason === 'stop' && this.called) return stopWord('tool_calls');
    return reason === 'stop' && this.refused ? stopWord('refusal') : stopWord(reason);
  }

  private events(event: TurnEvent): Buffer[] {
    if ('choice' in event && event.choice !== 0) return [];
    switch (event.kind) {
      case 'begun':
        return this.opening(event.id);
      case 'part_begun':
        return [...this.opening(null), ...this.begin(event)];
      case 'delta':
        return this.tell(event.part, (block) => block.text(event.text));
      case 'citation':
        return this.tell(event.part, (block) => block.citation(event.citation));
      case 'seal':
        this.find(event.part)?.block.sealed(event.seal);
        return [];
      case 'part_ended':
        return this.end(event.part);
      case 'finish':
        this.reason ??= event.reason;
        this.stopSequence ??= event.stopSequence;
        return [];
      case 'failed':
      case 'over':
      default:
        return [];
    }
  }

  /** `message_start`, once a stream whichever attempt writes it. */
  private opening(id: string | null): Buffer[] {
    if (this.told.isOpened) return [];
    this.told.isOpened = true;
    this.told.id ??= id ?? this.face.standIn.id;
    return [messageStart(this.told.id, this.face.model, estimatedInputTokens(this.face.turn))];
  }

  private begin({ part, is }: Extract<TurnEvent, { kind: 'part_begun' }>): Buffer[] {
    if (is.type === 'refusal') this.refused = true;
    if (is.type === 'tool_call') this.called = true;
    const hidesThinking = this.face.turn.reasoning?.exclude === true;
    const block = new MessagesBlockWriter(is, hidesThinking, () => this.blocks++);
    const waiting: WaitingPart = { part, block, later: [], hasEnded: false };
    this.parts.push(waiting);
    if (this.parts.length === 1) return block.begin();
    waiting.later.push(() => block.begin());
    return [];
  }

  private tell(part: number, write: (block: MessagesBlockWriter) => Buffer[]): Buffer[] {
    const waiting = this.find(part);
    if (waiting === undefined || waiting.hasEnded) return [];
    if (waiting === this.parts[0]) return write(waiting.block);
    waiting.later.push(() => write(waiting.block));
    return [];
  }

  /** Ends a block; when it was the open one, those behind it follow until one has not ended. */
  private end(part: number): Buffer[] {
    const waiting = this.find(part);
    if (waiting === undefined) return [];
    waiting.hasEnded = true;
    const out: Buffer[] = [];
    for (let first = this.parts[0]; first?.hasEnded === true; first = this.parts[0]) {
      out.push(...first.block.end());
      this.parts.shift();
      for (const write of this.parts[0]?.later.splice(0) ?? []) out.push(...write());
    }
    return out;
  }

  private find(part: number): WaitingPart | undefined {
    return this.parts.find((waiting) => waiting.part === part);
  }
}
