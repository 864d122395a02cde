import type { AnswerClosing } from '../call/answer-closing.js';
import type { WrittenAnswer } from '../call/answer-stream.js';
import type { CallFace } from '../call/call.js';
import type { TurnAnswer, TurnChoice, TurnMedia } from '../turn/turn-answer.js';
import type { TurnFace } from '../turn/turn-dialect.js';
import type { ReasoningPart, TurnPart } from '../turn/turn-part.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { callSealBlock, citationBlock, mediaText, signatureOf } from './messages-block-writer.js';
import { writeMessagesUsage } from './messages-usage-writer.js';
import { stopWord } from './stop-reasons.js';
import { toolInput } from './write-messages-blocks.js';

interface Message {
  readonly id: string;
  readonly model: string;
  readonly content: readonly JsonRecord[];
  readonly stopReason: string;
  readonly stopSequence: string | null;
}

/** An answer of another dialect as a message. */
export function writeMessagesAnswer(answer: TurnAnswer, closing: AnswerClosing, face: TurnFace): WrittenAnswer {
  const [choice] = answer.choices;
  const hidesThinking = face.turn.reasoning?.exclude === true;
  const content = (choice?.parts ?? [])
    .flatMap((part) => [answerBlock(part, hidesThinking), sealBehind(part)])
    .filter((block) => block !== null);
  const message: Message = {
    id: answer.id ?? face.standIn.id,
    model: face.model,
    content,
    stopReason: stopReasonOfChoice(choice),
    stopSequence: choice?.stopSequence ?? null,
  };
  return written(message, writeMessagesUsage(null, closing, answer.usage.serviceTier));
}

/** What a client is told whose hold did not last: nothing was answered, because of the output limit. */
export function writeExhaustedMessage(closing: AnswerClosing, { standIn, model }: CallFace): WrittenAnswer {
  const message: Message = { id: standIn.id, model, content: [], stopReason: 'max_tokens', stopSequence: null };
  return written(message, writeMessagesUsage(null, closing, null));
}

function written({ id, model, content, stopReason, stopSequence }: Message, usage: Buffer): WrittenAnswer {
  const message = {
    id,
    type: 'message',
    role: 'assistant',
    model,
    content,
    stop_reason: stopReason,
    stop_sequence: stopSequence,
  };
  const body = `${JSON.stringify(message).slice(0, -1)},"usage":${usage.toString()}}`;
  return { contentType: 'application/json', body: Buffer.from(body) };
}

function stopReasonOfChoice(choice: TurnChoice | undefined): string {
  const reason = choice?.reason ?? 'stop';
  if (reason !== 'stop' || choice === undefined) return stopWord(reason);
  if (choice.parts.some(({ type }) => type === 'tool_call')) return stopWord('tool_calls');
  return choice.parts.some(({ type }) => type === 'refusal') ? stopWord('refusal') : stopWord(reason);
}

function answerBlock(part: TurnPart | TurnMedia, hidesThinking: boolean): JsonRecord | null {
  switch (part.type) {
    case 'text': {
      const citations = part.citations.map((citation) => citationBlock(citation)).filter((one) => one !== null);
      if (part.text === '') return null;
      return { type: 'text', text: part.text, ...(citations.length === 0 ? {} : { citations }) };
    }
    case 'refusal':
      return { type: 'text', text: part.text };
    case 'reasoning':
      return thinkingBlock(part, hidesThinking);
    case 'tool_call':
      return { type: 'tool_use', id: part.callId, name: part.name, input: toolInput(part.input) };
    case 'media':
      return { type: 'text', text: mediaText(part.mediaType, part.data) };
    case 'audio':
      return { type: 'text', text: mediaText(`audio/${part.format}`, part.data) };
    case 'image':
    case 'file':
    case 'tool_result':
    default:
      return null;
  }
}

function sealBehind(part: TurnPart | TurnMedia): JsonRecord | null {
  return part.type === 'tool_call' ? callSealBlock(part.seal, part.callId) : null;
}

function thinkingBlock(
  { text, summaries, seal, isRedacted }: ReasoningPart,
  hidesThinking: boolean,
): JsonRecord | null {
  const signature = signatureOf(seal);
  if (isRedacted) return { type: 'redacted_thinking', data: signature };
  const told = text === '' ? summaries.join('\n\n') : text;
  const thinking = hidesThinking ? '' : told;
  return thinking === '' && seal === null ? null : { type: 'thinking', thinking, signature };
}
