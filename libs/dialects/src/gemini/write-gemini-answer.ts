import type { AnswerClosing } from '../call/answer-closing.js';
import type { WrittenAnswer } from '../call/answer-stream.js';
import type { CallFace, CallFacts } from '../call/call.js';
import type { TurnAnswer, TurnChoice, TurnMedia } from '../turn/turn-answer.js';
import type { TurnFace } from '../turn/turn-dialect.js';
import type { TokenLogprob } from '../turn/turn-event.js';
import type { TurnCitation, TurnPart } from '../turn/turn-part.js';
import type { JsonRecord, TurnRequest } from '../turn/turn-request.js';
import { calledPart, groundingOf, mediaPart, sealedPart, showsThoughts } from './gemini-answer-parts.js';
import { finishWord } from './gemini-reasons.js';
import { writeGeminiUsage } from './gemini-usage-writer.js';

/** A whole answer as `generateContent` gives it. */
export function writeGeminiAnswer(answer: TurnAnswer, closing: AnswerClosing, face: TurnFace): WrittenAnswer {
  const candidates = answer.choices.map((choice, index) => candidateOf(choice, index, face.turn));
  return documentOf(candidates, answer.id ?? face.standIn.id, face.model, closing);
}

/** The answer to a request whose hold ran out: empty, ended by its limit. */
export function writeExhaustedGemini(closing: AnswerClosing, face: CallFace, facts: CallFacts): WrittenAnswer {
  const candidates = Array.from({ length: facts.choices }, (_unused, index) => ({
    content: { role: 'model', parts: [] },
    finishReason: finishWord('length'),
    index,
  }));
  return documentOf(candidates, face.standIn.id, face.model, closing);
}

function documentOf(
  candidates: readonly JsonRecord[],
  id: string,
  model: string,
  closing: AnswerClosing,
): WrittenAnswer {
  const members = JSON.stringify({ candidates, modelVersion: model, responseId: id }).slice(0, -1);
  const body = Buffer.from(`${members},"usageMetadata":${writeGeminiUsage(null, closing).toString()}}`);
  return { contentType: 'application/json', body };
}

function candidateOf(choice: TurnChoice, index: number, turn: TurnRequest): JsonRecord {
  const citations: TurnCitation[] = [];
  for (const part of choice.parts) if (part.type === 'text') citations.push(...part.citations);
  return {
    content: { role: 'model', parts: choice.parts.flatMap((part) => partsOf(part, turn)) },
    finishReason: finishWord(choice.reason ?? 'stop'),
    index,
    ...groundingOf(citations),
    ...logprobsResult(choice.logprobs),
  };
}

function partsOf(part: TurnPart | TurnMedia, turn: TurnRequest): JsonRecord[] {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return [{ text: part.text }];
    case 'tool_call':
      return [calledPart(part)];
    case 'media':
      return [mediaPart(part)];
    case 'reasoning': {
      const text = part.text || part.summaries.join('\n\n');
      const shown = text !== '' && showsThoughts(turn) ? [{ text, thought: true }] : [];
      return part.seal === null ? shown : [...shown, sealedPart(part.seal)];
    }
    case 'image':
    case 'file':
    case 'audio':
    case 'tool_result':
      break;
  }
  return [];
}

function logprobsResult(logprobs: readonly TokenLogprob[]): JsonRecord {
  if (logprobs.length === 0) return {};
  return {
    logprobsResult: {
      chosenCandidates: logprobs.map(({ token, logprob }) => ({ token, logProbability: logprob })),
      topCandidates: logprobs.map(({ top }) => ({
        candidates: top.map(({ token, logprob }) => ({ token, logProbability: logprob })),
      })),
    },
  };
}
