import { readFileSync } from 'node:fs';

import { emptyUsage } from '@apilink/pricing';

import type { AnswerClosing } from '../call/answer-closing.js';
import { ChatStreamMeter, type ChatStreamOptions } from './chat-stream-meter.js';

/** Streams for the specs of the chat dialect: recorded ones, and events made of parts. */

export function recorded(name: string): Buffer {
  return readFileSync(new URL(`../../fixtures/${name}.sse`, import.meta.url));
}

export const head = '"id":"c1","object":"chat.completion.chunk","created":7,"model":"up-1","system_fingerprint":null';

export function event(json: string): string {
  return `data: ${json}\n\n`;
}

export function chunk(choices: string, rest = ''): string {
  return event(`{${head},"choices":[${choices}]${rest}}`);
}

/** A choice with some delta and perhaps an end. */
export function choice(delta: string, finish: string | null = null, index = 0): string {
  const reason = finish === null ? 'null' : `"${finish}"`;
  return `{"index":${index},"delta":{${delta}},"logprobs":null,"finish_reason":${reason}}`;
}

export const text = (content: string): string => chunk(choice(`"content":${JSON.stringify(content)}`));
export const finish = chunk(choice('', 'stop'));
export const usageJson = '{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}';
export const usageChunk = chunk('', `,"usage":${usageJson}`);
export const done = 'data: [DONE]\n\n';

export const options: ChatStreamOptions = {
  model: null,
  id: null,
  standIn: { id: 'chatcmpl-own', createdSeconds: 99 },
  includeUsage: false,
  choices: 1,
  quirks: { reasoningExcluded: false, reasoningUntold: false },
};

export const closing: AnswerClosing = {
  usage: { ...emptyUsage, input: 10, output: 5, requests: 1 },
  cost: {
    totalNanoUsd: 12_345n,
    cachePremiumAbsorbedNanoUsd: 1n,
    promptNanoUsd: 10_000n,
    completionsNanoUsd: 2_345n,
  },
};

export const costJson = {
  cost: 0.000012345,
  cost_nano_usd: '12345',
  cost_details: {
    cache_premium_absorbed: 0.000000001,
    upstream_inference_cost: 0.000012345,
    upstream_inference_prompt_cost: 0.00001,
    upstream_inference_completions_cost: 0.000002345,
  },
};

/** What a client has received in all, and the meter that let it through. */
export interface Played {
  readonly meter: ChatStreamMeter;
  readonly running: string;
  readonly all: string;
}

/** Plays chunks into a meter as the edge does. */
export function play(chunks: readonly (Buffer | string)[], change: Partial<ChatStreamOptions> = {}): Played {
  const meter = new ChatStreamMeter({ ...options, ...change });
  const written: Buffer[] = [];
  for (const bytes of chunks) written.push(meter.feed(Buffer.from(bytes)) ?? Buffer.alloc(0));
  written.push(meter.end() ?? Buffer.alloc(0));
  const running = Buffer.concat(written).toString();
  const all = meter.phase === 'complete' ? running + meter.finish(closing).toString() : running;
  return { meter, running, all };
}

/** The documents of a client's stream, `[DONE]` as text. */
export function documents(stream: string): unknown[] {
  return stream
    .split('\n\n')
    .filter((part) => part.startsWith('data: '))
    .map((part) => (part === 'data: [DONE]' ? '[DONE]' : JSON.parse(part.slice('data: '.length))));
}
