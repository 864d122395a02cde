import { isRecord, parsedJson } from '../json/records.js';
import type { AnswerClosing } from '../call/answer-closing.js';
import { noAnswer, type WholeAnswer, type WrittenAnswer } from '../call/answer-stream.js';
import { invariant } from '../call/invariant.js';
import { estimateTokens } from '../tokens/token-estimator.js';
import type { TurnAnswer, TurnAnswerReading, TurnChoice } from './turn-answer.js';
import type { JsonRecord } from './turn-request.js';

const nothing: WholeAnswer = { ...noAnswer, write: () => invariant('what is no answer cannot be written') };

/** A whole answer of an upstream that speaks another dialect than the client. Never throws. */
export function readTranslatedAnswer(
  body: Buffer,
  read: (document: JsonRecord) => TurnAnswerReading,
  write: (answer: TurnAnswer, closing: AnswerClosing) => WrittenAnswer,
): WholeAnswer {
  const document = parsedJson(body.toString());
  const reading = isRecord(document) ? read(document) : null;
  if (reading === null) return nothing;
  if ('failure' in reading) return { ...nothing, failure: reading.failure };
  const { answer } = reading;
  const [first] = answer.choices;
  if (first === undefined || answer.choices.some(hasNamelessCall)) return nothing;
  const { usage, problem, serviceTier } = answer.usage;
  const hasOutput = (usage?.output ?? 0) > 0 || answer.choices.some(({ parts }) => parts.length > 0);
  return {
    isAnswer: true,
    failure: null,
    usage,
    usageProblem: problem,
    finishReason: first.reason,
    isEmpty: first.reason === 'error' || (first.reason === null && !hasOutput),
    get outputTokens() {
      return answer.choices.reduce((sum, choice) => sum + countedTokens(choice), 0);
    },
    serviceTier,
    write: (closing) => write(answer, closing),
  };
}

function countedTokens({ parts }: TurnChoice): number {
  let text = '';
  for (const part of parts) {
    if (part.type === 'text' || part.type === 'refusal') text += part.text;
    else if (part.type === 'reasoning') text += part.text + part.summaries.join('');
    else if (part.type === 'tool_call') text += part.name + part.input;
  }
  return text === '' ? 0 : Math.ceil(estimateTokens(text));
}

/** No client could answer it. */
function hasNamelessCall({ parts }: TurnChoice): boolean {
  return parts.some((part) => part.type === 'tool_call' && (part.callId === '' || part.name === ''));
}
