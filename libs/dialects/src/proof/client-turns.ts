import { emptyUsage } from '@apilink/pricing';
import {
  chatStreamViolations,
  geminiStreamViolations,
  messagesStreamViolations,
  responsesStreamViolations,
} from '@apilink/testing';

import type { AnswerClosing } from '../call/answer-closing.js';
import type { AnswerStream } from '../call/answer-stream.js';
import type { CallFace, CallSource, EndpointTraits } from '../call/call.js';
import { ToldStream } from '../call/told-stream.js';
import { TranslatedStream } from '../turn/translated-stream.js';
import type { ClientDialect, ClientTurnDialect, TurnFace, UpstreamTurns } from '../turn/turn-dialect.js';
import { responsesClientFor } from '../responses/responses-dialect.js';
import { turnClients } from '../turn-readers.js';
import type { JsonRecord } from '../turn/turn-request.js';

/** What the proofs over all pairs of dialects have in common. */
export const traits: EndpointTraits = {
  reasoningExcluded: false,
  reasoningUntold: false,
  oneSearchPerPrompt: false,
  maxTokensKey: null,
};
export const face: CallFace = { model: 'maker/model', skin: 'own', standIn: { id: 'gen_1', createdSeconds: 9 } };
export const closing: AnswerClosing = {
  usage: { ...emptyUsage, input: 20, cacheRead: 4, output: 5, reasoning: 1, requests: 1 },
  cost: { totalNanoUsd: 1234n, cachePremiumAbsorbedNanoUsd: 0n, promptNanoUsd: 1000n, completionsNanoUsd: 234n },
};

/** Every dialect of a client; time stands still. */
export const clients: readonly ClientDialect[] = turnClients.map((client) =>
  client.name === 'responses' ? responsesClientFor({ nowSeconds: () => 9 }) : client,
);

interface AskedTurn {
  readonly path: string;
  readonly document: JsonRecord;
}

const look = { type: 'object', properties: { city: { type: 'string' } } };

/** The same question with the same tool, in each dialect of a client. */
export const asked: Readonly<Record<ClientTurnDialect, AskedTurn>> = {
  chat: {
    path: '/v1/chat/completions',
    document: {
      model: 'maker/model',
      messages: [{ role: 'user', content: 'hi' }],
      tools: [{ type: 'function', function: { name: 'get_weather', parameters: look } }],
      stream: true,
    },
  },
  messages: {
    path: '/v1/messages',
    document: {
      model: 'maker/model',
      max_tokens: 100,
      messages: [{ role: 'user', content: 'hi' }],
      tools: [{ name: 'get_weather', input_schema: look }],
      stream: true,
    },
  },
  responses: {
    path: '/v1/responses',
    document: {
      model: 'maker/model',
      input: 'hi',
      tools: [{ type: 'function', name: 'get_weather', parameters: look, strict: false }],
      stream: true,
    },
  },
  gemini: {
    path: '/v1beta/models/maker/model:streamGenerateContent',
    document: {
      contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
      tools: [{ functionDeclarations: [{ name: 'get_weather', parameters: look }] }],
    },
  },
};

export function sourceOf(path: string, document: JsonRecord): CallSource {
  return { body: Buffer.from(JSON.stringify(document)), headers: {}, path, random: () => 0.5 };
}

export function turnFaceOf(client: ClientDialect, { path, document }: AskedTurn = asked[client.name]): TurnFace {
  const reading = client.readTurn(document, sourceOf(path, document));
  if ('problem' in reading) throw new Error(`${client.name}: ${JSON.stringify(reading.problem)}`);
  return { ...face, turn: reading.turn, document };
}

export function translated(
  client: ClientDialect,
  upstream: UpstreamTurns,
  told: ToldStream = new ToldStream(),
): TranslatedStream {
  return new TranslatedStream(upstream.openReader(traits), client.openWriter(turnFaceOf(client), told));
}

/** What a client gets of a stream that comes in these reads, and what is known of it in the end. */
export function played(
  stream: AnswerStream,
  reads: readonly Buffer[],
): { readonly bytes: Buffer; readonly facts: object } {
  const out: Buffer[] = [];
  for (const read of reads) {
    const told = stream.feed(Buffer.from(read));
    if (told !== null) out.push(Buffer.from(told));
  }
  const rest = stream.end();
  if (rest !== null) out.push(rest);
  const { phase, failure, usage, usageProblem, finishReason, serviceTier, outputTokens, isEmpty } = stream;
  if (phase === 'complete') out.push(stream.finish(closing));
  const facts = { phase, failure, usage, usageProblem, finishReason, serviceTier, outputTokens, isEmpty };
  return { bytes: Buffer.concat(out), facts };
}

/** What a client of that dialect would find wrong with a stream. */
export function violationsOf(name: ClientTurnDialect, bytes: Buffer): string[] {
  if (name === 'chat') return chatStreamViolations(bytes, { asksUsage: false, end: 'whole' });
  if (name === 'messages') return messagesStreamViolations(bytes, { end: 'whole' });
  if (name === 'responses') return responsesStreamViolations(bytes, { end: 'whole' });
  return geminiStreamViolations(bytes, { end: 'whole' });
}
