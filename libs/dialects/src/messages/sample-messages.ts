import { emptyUsage } from '@apilink/pricing';

import type { AnswerClosing } from '../call/answer-closing.js';
import type { AnswerStream } from '../call/answer-stream.js';
import type { Call, CallFace, CallSource, CallTarget, EndpointTraits, UpstreamDialect } from '../call/call.js';
import { chatTurns } from '../chat/chat-dialect.js';
import { isRecord } from '../json/records.js';
import { responsesTurns } from '../responses/responses-turns.js';
import { readTurnCall } from '../turn/turn-call.js';
import type { ClientDialect } from '../turn/turn-dialect.js';
import { messagesClient } from './messages-dialect.js';
import { messagesTurns } from './messages-turns.js';

/** What the tests of Messages have in common. */
const traits: EndpointTraits = {
  reasoningExcluded: false,
  reasoningUntold: false,
  oneSearchPerPrompt: false,
  maxTokensKey: null,
};
export const face: CallFace = {
  model: 'anthropic/claude-x',
  skin: 'own',
  standIn: { id: 'gen_1', createdSeconds: 9 },
};
export const closing: AnswerClosing = {
  usage: { ...emptyUsage, input: 325, cacheRead: 200, cacheWrite5m: 100, output: 15, requests: 1 },
  cost: { totalNanoUsd: 1234n, cachePremiumAbsorbedNanoUsd: 0n, promptNanoUsd: 1000n, completionsNanoUsd: 234n },
};

/** An upstream of Messages under another name: what passes through it has been translated there and back. */
const twin = { ...messagesTurns, name: 'converse' } as const;

export function target(dialect: UpstreamDialect, model = 'claude-opus-4-5'): CallTarget {
  return { dialect, model, maxTokens: null, maxOutputTokens: 64_000, traits };
}

export function sourceOf(document: object | string, headers: CallSource['headers'] = {}): CallSource {
  const body = Buffer.from(typeof document === 'string' ? document : JSON.stringify(document));
  return { body, headers, path: '/v1/messages', random: () => 0.5 };
}

export function callOf(document: object | string, client: ClientDialect = messagesClient): Call {
  const reading = readTurnCall(sourceOf(document), client, [chatTurns, responsesTurns, messagesTurns, twin]);
  if ('problem' in reading) throw new Error(JSON.stringify(reading.problem));
  return reading.call;
}

/** The body that an upstream gets, as it is written. */
export function sentText(call: Call, to: CallTarget): string {
  return Buffer.concat(call.request(to).body).toString();
}

export function sent(call: Call, to: CallTarget): Record<string, unknown> {
  const document: unknown = JSON.parse(sentText(call, to));
  return isRecord(document) ? document : {};
}

/** Feeds a whole stream and ends it: what the client gets. */
export function played(stream: AnswerStream, bytes: Buffer, size = bytes.length): string {
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const told = stream.feed(Buffer.from(bytes.subarray(at, at + size)));
    if (told !== null) out.push(Buffer.from(told));
  }
  const rest = stream.end();
  if (rest !== null) out.push(rest);
  if (stream.phase === 'complete') out.push(stream.finish(closing));
  return Buffer.concat(out).toString();
}

/** The documents of a stream's events. */
export function documentsOf(stream: string): Record<string, unknown>[] {
  return stream
    .split('\n\n')
    .flatMap((lines) => lines.split('\n'))
    .filter((line) => line.startsWith('data: {'))
    .map((line): unknown => JSON.parse(line.slice(6)))
    .filter((document) => isRecord(document));
}

export function event(type: string, members: object = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`;
}
