import { emptyUsage } from '@apilink/pricing';

import type { AnswerClosing } from '../call/answer-closing.js';
import type { Call, CallFace, CallReading, CallTarget, UpstreamDialect } from '../call/call.js';
import { isRecord, parsedJson, textOf } from '../json/records.js';
import { EventSplitter } from '../sse/event-splitter.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { readResponsesCall } from '../turn-readers.js';

/** Calls of Responses for the specs, with a frozen clock. */
export const face: CallFace = { model: 'public/model', standIn: { id: 'gen_1', createdSeconds: 7 }, skin: 'own' };

export const closing: AnswerClosing = {
  usage: { ...emptyUsage, input: 100, output: 20, requests: 1 },
  cost: { totalNanoUsd: 1234n, cachePremiumAbsorbedNanoUsd: 0n, promptNanoUsd: 1000n, completionsNanoUsd: 234n },
};

export const simple = { model: 'm', input: 'hi', stream: true };

/** Nothing. */
export const none: Buffer = Buffer.alloc(0);

const traits = { reasoningExcluded: false, reasoningUntold: false, oneSearchPerPrompt: false, maxTokensKey: null };

export function targetOf(dialect: UpstreamDialect): CallTarget {
  return { dialect, model: 'upstream-model', maxTokens: null, maxOutputTokens: 4096, traits };
}

export function readingOf(body: unknown, headers: Record<string, string> = { originator: 'codex_exec' }): CallReading {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(text);
  return readResponsesCall({
    body: bytes,
    headers,
    path: '/v1/responses',
    random: () => 0.5,
    nowSeconds: () => 9,
  });
}

export function callOf(body: unknown, headers?: Record<string, string>): Call {
  const reading = readingOf(body, headers);
  if ('problem' in reading) throw new Error(JSON.stringify(reading.problem));
  return reading.call;
}

/** The events of a whole stream. */
export function responsesEvents(stream: Buffer): { readonly type: string; readonly event: JsonRecord }[] {
  return new EventSplitter().split(stream).flatMap(({ data }) => {
    const event = data === null ? null : parsedJson(data.toString());
    return isRecord(event) ? [{ type: textOf(event['type']) ?? '', event }] : [];
  });
}
