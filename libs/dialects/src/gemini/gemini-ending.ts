import type { AnswerClosing } from '../call/answer-closing.js';
import type { CallFace } from '../call/call.js';
import type { StopReason } from '../turn/turn-event.js';
import { finishWord } from './gemini-reasons.js';
import { writeGeminiUsage } from './gemini-usage-writer.js';

/** A document that ends these candidates and tells the usage: what a stream ends with that we end ourselves. */
export function geminiEnding(
  choices: readonly number[],
  reason: StopReason,
  id: string,
  { face, closing }: { readonly face: CallFace; readonly closing: AnswerClosing },
): Buffer {
  const candidates = choices.map((index) => ({
    content: { role: 'model', parts: [{ text: '' }] },
    finishReason: finishWord(reason),
    index,
  }));
  const members = JSON.stringify({ candidates, modelVersion: face.model, responseId: id }).slice(0, -1);
  return Buffer.from(`${members},"usageMetadata":${writeGeminiUsage(null, closing).toString()}}`);
}
