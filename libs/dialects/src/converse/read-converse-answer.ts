import { isRecord, listOf, textOf } from '../json/records.js';
import { sealOf } from '../turn/seal-envelope.js';
import type { TurnAnswerReading } from '../turn/turn-answer.js';
import type { TurnPart } from '../turn/turn-part.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { ConverseUsageReader } from '../usage/converse-usage.js';
import { stopReasonOf } from './converse-reasons.js';
import { converseFailure, stopSequenceIn } from './converse-stream-reader.js';

/** A whole answer of Converse. */
export function readConverseAnswer(document: JsonRecord): TurnAnswerReading {
  const output = isRecord(document['output']) ? document['output']['message'] : null;
  if (!isRecord(output)) {
    const failure = converseFailure(document);
    return failure === null ? null : { failure };
  }
  const usage = new ConverseUsageReader();
  usage.note(document);
  const word = textOf(document['stopReason']);
  const parts = listOf(output['content'])
    .map((block) => (isRecord(block) ? partOf(block) : null))
    .filter((part) => part !== null);
  const reason = word === null ? null : stopReasonOf(word);
  const choice = { parts, reason, stopSequence: stopSequenceIn(document), logprobs: [] };
  return { answer: { id: null, createdSeconds: null, choices: [choice], usage: usage.reading } };
}

function partOf(block: JsonRecord): TurnPart | null {
  const text = textOf(block['text']);
  if (text !== null) return { type: 'text', text, cache: null, citations: [] };
  const { toolUse, reasoningContent } = block;
  if (isRecord(toolUse)) {
    return {
      type: 'tool_call',
      callId: textOf(toolUse['toolUseId']) ?? '',
      name: textOf(toolUse['name']) ?? '',
      namespace: null,
      form: 'function',
      input: JSON.stringify(toolUse['input'] ?? {}),
      seal: null,
      id: null,
      cache: null,
    };
  }
  return isRecord(reasoningContent) ? thoughtOf(reasoningContent) : null;
}

function thoughtOf(content: JsonRecord): TurnPart {
  const told = isRecord(content['reasoningText']) ? content['reasoningText'] : {};
  const redacted = textOf(content['redactedContent']);
  const signature = redacted ?? textOf(told['signature']) ?? '';
  return {
    type: 'reasoning',
    text: textOf(told['text']) ?? '',
    summaries: [],
    seal: signature === '' ? null : sealOf(signature, 'anthropic'),
    isRedacted: redacted !== null,
    id: null,
  };
}
