import { isRecord, listOf, textOf } from '../json/records.js';
import { sealOf } from '../turn/seal-envelope.js';
import type { TurnAnswerReading, TurnChoice } from '../turn/turn-answer.js';
import type { StopReason } from '../turn/turn-event.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { ResponsesUsageReader } from '../usage/responses-usage.js';
import type { UsageTraits } from '../usage/usage-reading.js';
import { failureOfResponse } from './responses-failure.js';
import { citationsOf, logprobsOf, mediaOf, textsOf, wholeNumber } from './responses-parts.js';

type AnswerPart = TurnChoice['parts'][number];

/** A whole response of an upstream. */
export function readResponsesAnswer(document: JsonRecord, traits: UsageTraits): TurnAnswerReading {
  const { output } = document;
  const failure = failureOfResponse(document);
  if (failure !== null) return { failure };
  if (document['object'] !== 'response' || !Array.isArray(output)) return null;
  const usage = new ResponsesUsageReader(traits);
  usage.note(document);
  const items = listOf(output).filter(isRecord);
  const parts = items.flatMap(partsOfItem);
  const choice: TurnChoice = {
    parts,
    reason: stopReasonOf(
      document,
      parts.some(({ type }) => type === 'tool_call'),
    ),
    stopSequence: null,
    logprobs: items.flatMap((item) =>
      listOf(item['content'])
        .filter(isRecord)
        .flatMap((part) => logprobsOf(part['logprobs'])),
    ),
  };
  const createdSeconds = wholeNumber(document['created_at']);
  return { answer: { id: textOf(document['id']), createdSeconds, choices: [choice], usage: usage.reading } };
}

/** Why a response ended, by its status; `hasCalls`: tools were called, which Responses does not tell apart. */
export function stopReasonOf(response: JsonRecord, hasCalls: boolean): StopReason | null {
  const { status, incomplete_details: details } = response;
  if (status === 'incomplete') {
    const reason = isRecord(details) ? details['reason'] : null;
    if (reason === 'max_output_tokens') return 'length';
    return reason === 'content_filter' ? 'content_filter' : 'other';
  }
  if (status !== 'completed' && status !== undefined) return null;
  return hasCalls ? 'tool_calls' : 'stop';
}

/** The parts of one finished output item; items of tools that a provider runs itself have none. */
export function partsOfItem(item: JsonRecord): AnswerPart[] {
  switch (item['type']) {
    case 'message':
      return listOf(item['content']).filter(isRecord).flatMap(contentPart);
    case 'reasoning':
      return [reasoningPart(item)];
    case 'function_call':
    case 'custom_tool_call':
      return [callPart(item)];
    default: {
      const media = mediaOf(item);
      return media === null ? [] : [media];
    }
  }
}

function contentPart(part: JsonRecord): AnswerPart[] {
  if (part['type'] === 'refusal') return [{ type: 'refusal', text: textOf(part['refusal']) ?? '' }];
  if (part['type'] !== 'output_text') return [];
  const citations = citationsOf(part['annotations']);
  return [{ type: 'text', text: textOf(part['text']) ?? '', cache: null, citations }];
}

function reasoningPart(item: JsonRecord): AnswerPart {
  const sealed = textOf(item['encrypted_content']);
  const text = textsOf(item['content'], 'reasoning_text').join('\n\n');
  const summaries = textsOf(item['summary'], 'summary_text');
  return {
    type: 'reasoning',
    text,
    summaries,
    seal: sealed === null || sealed === '' ? null : sealOf(sealed, 'openai'),
    isRedacted: text === '' && summaries.length === 0,
    id: textOf(item['id']),
  };
}

function callPart(item: JsonRecord): AnswerPart {
  const isCustom = item['type'] === 'custom_tool_call';
  const id = textOf(item['id']);
  return {
    type: 'tool_call',
    callId: textOf(item['call_id']) ?? id ?? '',
    name: textOf(item['name']) ?? '',
    namespace: textOf(item['namespace']),
    form: isCustom ? 'custom' : 'function',
    input: textOf(item[isCustom ? 'input' : 'arguments']) ?? '',
    seal: null,
    id,
    cache: null,
  };
}
