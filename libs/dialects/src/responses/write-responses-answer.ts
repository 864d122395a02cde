import type { AnswerClosing } from '../call/answer-closing.js';
import type { WrittenAnswer } from '../call/answer-stream.js';
import type { CallFace } from '../call/call.js';
import { ToldStream } from '../call/told-stream.js';
import type { TurnAnswer, TurnChoice } from '../turn/turn-answer.js';
import type { TurnStreamWriter } from '../turn/turn-dialect.js';
import type { PartBeginning, TokenLogprob, TurnEvent } from '../turn/turn-event.js';
import { runningState } from './responses-events.js';
import { membersText, requestEcho, resourceText, responseIdOf } from './responses-resource.js';
import { writeResponsesUsage } from './responses-usage-writer.js';

type AnswerPart = TurnChoice['parts'][number];

/** A whole answer is what its stream would have told at the end. */
export function writeResponsesAnswer(
  answer: TurnAnswer,
  closing: AnswerClosing,
  open: (told: ToldStream) => TurnStreamWriter,
): WrittenAnswer {
  const writer = open(new ToldStream());
  const [choice] = answer.choices;
  if (choice !== undefined) for (const event of eventsOf(choice)) writer.write(event);
  const forced = null;
  const stream = writer.finish(closing, { forced, serviceTier: answer.usage.serviceTier });
  return { contentType: 'application/json', body: writer.resource ?? stream };
}

function* eventsOf({ parts, reason, stopSequence, logprobs }: TurnChoice): Generator<TurnEvent, void> {
  let untold: readonly TokenLogprob[] = logprobs;
  for (const [index, part] of parts.entries()) {
    const is = beginningOf(part);
    if (is === null) continue;
    const at = { choice: 0, part: index };
    yield { kind: 'part_begun', ...at, is };
    const text = textOf(part);
    if (text !== '') yield { kind: 'delta', ...at, text, logprobs: part.type === 'text' ? untold : [] };
    if (part.type === 'text') {
      untold = [];
      for (const citation of part.citations) yield { kind: 'citation', ...at, citation };
    }
    const seal = part.type === 'reasoning' || part.type === 'tool_call' ? part.seal : null;
    if (seal !== null) yield { kind: 'seal', ...at, seal };
    yield { kind: 'part_ended', ...at };
  }
  yield { kind: 'finish', choice: 0, reason: reason ?? 'other', stopSequence };
}

function beginningOf(part: AnswerPart): PartBeginning | null {
  if (part.type === 'text' || part.type === 'refusal') return { type: part.type };
  if (part.type === 'tool_call' || part.type === 'media') return part;
  if (part.type !== 'reasoning') return null;
  const told = part.text === '' ? 'summary' : 'full';
  return { type: 'reasoning', told, isRedacted: part.isRedacted, id: part.id };
}

function textOf(part: AnswerPart): string {
  if (part.type === 'text' || part.type === 'refusal') return part.text;
  if (part.type === 'tool_call') return part.input;
  if (part.type !== 'reasoning') return '';
  return part.text === '' ? part.summaries.join('\n\n') : part.text;
}

/** The answer to a request whose hold ran out before anything came. */
export function writeExhaustedResponse(closing: AnswerClosing, face: CallFace): WrittenAnswer {
  const resource = resourceText(membersText(requestEcho({}, null)), {
    ...runningState(responseIdOf(face), face),
    status: 'incomplete',
    completedSeconds: face.standIn.createdSeconds,
    incompleteReason: 'max_output_tokens',
    usage: writeResponsesUsage(null, closing),
  });
  return { contentType: 'application/json', body: Buffer.from(resource) };
}
