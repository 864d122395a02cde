import type { AnswerClosing } from '../call/answer-closing.js';
import type { WrittenAnswer } from '../call/answer-stream.js';
import type { CallFace } from '../call/call.js';
import type { ToldStream } from '../call/told-stream.js';
import { chatFinishReason } from '../chat/chat-finish.js';
import { CHAT_DONE } from '../chat/chat-stream-writer.js';
import { writeChatUsage } from '../chat/chat-usage-writer.js';
import type { TurnAnswer } from '../turn/turn-answer.js';
import type { TurnEnding, TurnStreamWriter } from '../turn/turn-dialect.js';
import type { StopReason, TurnEvent } from '../turn/turn-event.js';
import type { JsonRecord } from '../turn/turn-request.js';

/** What a written completion hangs on. */
export interface CompletionsFace extends Pick<CallFace, 'model' | 'standIn'> {
  readonly choices: number;
  /** The client asked for a usage chunk of its own. */
  readonly asksUsageChunk: boolean;
}

/** Writes a stream of `text_completion` objects. The dialect has text alone: thinking is not told. */
export class CompletionsWriter implements TurnStreamWriter {
  private readonly finishes = new Map<number, StopReason | null>();
  private readonly texts = new Map<number, Set<number>>();

  constructor(
    private readonly face: CompletionsFace,
    private readonly told: ToldStream,
  ) {}

  write(event: TurnEvent): Buffer | null {
    if (event.kind === 'part_begun') {
      const { choice, part, is } = event;
      this.finishes.set(choice, this.finishes.get(choice) ?? null);
      if (is.type === 'text' || is.type === 'refusal') this.textsOf(choice).add(part);
    } else if (event.kind === 'finish') this.finishes.set(event.choice, event.reason);
    else if (event.kind === 'delta' && this.textsOf(event.choice).has(event.part)) {
      this.told.id ??= this.face.standIn.id;
      this.told.isOpened = true;
      return this.chunk([choiceOf(event.choice, event.text, null)], null);
    }
    return null;
  }

  finish(closing: AnswerClosing, { forced }: TurnEnding): Buffer {
    const usage = writeChatUsage(null, closing);
    const asked = forced === null ? 1 : this.face.choices;
    for (let index = 0; index < asked; index++) this.finishes.set(index, this.finishes.get(index) ?? null);
    const open = [...this.finishes].toSorted(([one], [other]) => one - other);
    const events = open.map(([index, reason], place) => {
      const isRiding = place === open.length - 1 && !this.face.asksUsageChunk;
      const finish = chatFinishReason(reason ?? forced ?? 'stop', false);
      return this.chunk([choiceOf(index, '', finish)], isRiding ? usage : null);
    });
    if (this.face.asksUsageChunk) events.push(this.chunk([], usage));
    return Buffer.concat([...events, CHAT_DONE]);
  }

  private chunk(choices: readonly JsonRecord[], usage: Buffer | null): Buffer {
    return Buffer.concat([Buffer.from('data: '), completion(this.face, choices, usage), Buffer.from('\n\n')]);
  }

  private textsOf(choice: number): Set<number> {
    const texts = this.texts.get(choice) ?? new Set<number>();
    this.texts.set(choice, texts);
    return texts;
  }
}

export function writeCompletion(answer: TurnAnswer, closing: AnswerClosing, face: CompletionsFace): WrittenAnswer {
  const choices = answer.choices.map(({ parts, reason }, index) => {
    const texts = parts.map((part) => (part.type === 'text' || part.type === 'refusal' ? part.text : ''));
    return choiceOf(index, texts.join(''), chatFinishReason(reason ?? 'stop', false));
  });
  return whole(face, choices, closing);
}

/** Nothing of the answer is known: every choice is empty and ends with `length`, with what it cost. */
export function writeExhaustedCompletion(closing: AnswerClosing, face: CompletionsFace): WrittenAnswer {
  const choices = Array.from({ length: face.choices }, (_unused, index) => choiceOf(index, '', 'length'));
  return whole(face, choices, closing);
}

function whole(face: CompletionsFace, choices: readonly JsonRecord[], closing: AnswerClosing): WrittenAnswer {
  return { contentType: 'application/json', body: completion(face, choices, writeChatUsage(null, closing)) };
}

function choiceOf(index: number, text: string, finishReason: string | null): JsonRecord {
  return { index, text, logprobs: null, finish_reason: finishReason };
}

function completion(face: CompletionsFace, choices: readonly JsonRecord[], usage: Buffer | null): Buffer {
  const { model, standIn } = face;
  const written = JSON.stringify({
    id: standIn.id,
    object: 'text_completion',
    created: standIn.createdSeconds,
    model,
    system_fingerprint: null,
    choices,
  });
  if (usage === null) return Buffer.from(written);
  return Buffer.concat([Buffer.from(`${written.slice(0, -1)},"usage":`), usage, Buffer.from('}')]);
}
