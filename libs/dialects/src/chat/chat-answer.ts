import type { UsageVector } from '@apilink/pricing';

import { piecesWith, type ByteEdit } from '../json/byte-edits.js';
import type { AnswerClosing, AnswerFailure } from '../call/answer-closing.js';
import type { ChatUsageQuirks } from './chat-usage-quirks.js';
import { writeChatUsage } from './chat-usage-writer.js';
import { chatUsage } from './chat-usage.js';
import { chunkEdits } from './chunk-edits.js';
import { readChunk } from './chunk-reading.js';
import { walkChunk } from './chunk-walk.js';
import { OutputMeter } from '../tokens/output-meter.js';
import { isRecord, parsedJson } from '../json/records.js';

/** A whole answer, not streamed. */
export interface ChatAnswer {
  /** It is a chat completion with at least one choice; false for HTML, an error object, any other JSON. */
  readonly isChatAnswer: boolean;
  /** An error object that came with status 200. */
  readonly failure: AnswerFailure | null;
  readonly usage: UsageVector | null;
  /** Why `usage` is null though the upstream sent one. */
  readonly usageProblem: string | null;
  /** Of the first choice. */
  readonly finishReason: string | null;
  /** No output and no finish reason, or finish `error`: the customer pays nothing. */
  readonly isEmpty: boolean;
  /**
   * Our own count over the text of all choices, made when it is asked for: the charge rests on it only when the upstream
   * told no usage that can be true.
   */
  readonly outputTokens: number;
  readonly serviceTier: string | null;
}

export interface ChatAnswerEdits {
  /** The public name of the model; null leaves the upstream's. */
  readonly model: string | null;
  /** The upstream's usage can be true, so that its own bytes stay; else one is written from the closing's vector. */
  readonly keepsUsage: boolean;
  readonly closing: AnswerClosing;
}

const noAnswer: ChatAnswer = {
  isChatAnswer: false,
  failure: null,
  usage: null,
  usageProblem: null,
  finishReason: null,
  isEmpty: true,
  outputTokens: 0,
  serviceTier: null,
};

/** Reads a non-streamed answer. Never throws: what is not a chat answer says so. */
export function readChatAnswer(body: Buffer, quirks: ChatUsageQuirks): ChatAnswer {
  const value = parsedJson(body.toString());
  if (!isRecord(value)) return noAnswer;
  const { failure, choices, usage, serviceTier } = readChunk(value, null);
  if (failure !== null) return { ...noAnswer, failure };
  const [first] = choices ?? [];
  if (first === undefined || choices === null) return noAnswer;
  const told = usage === null ? { usage: null, problem: null } : chatUsage(usage, quirks);
  const hasOutput = choices.some(({ hasContent }) => hasContent) || (told.usage?.output ?? 0) > 0;
  const { finishReason } = first;
  return {
    isChatAnswer: true,
    failure: null,
    usage: told.usage,
    usageProblem: told.problem,
    finishReason,
    isEmpty: finishReason === 'error' || (finishReason === null && !hasOutput),
    get outputTokens() {
      return countedTokens(body);
    },
    serviceTier,
  };
}

function countedTokens(body: Buffer): number {
  const output = new OutputMeter();
  output.addSlots(body, walkChunk(body, 0, body.length).slots);
  return output.tokens;
}

/**
 * The answer for the client: our model's name, the usage with its cost, and the keys that strict clients miss
 * (`system_fingerprint`, `logprobs` and a finish reason on every choice). Every other byte stays. Only for a body that
 * `readChatAnswer` calls a chat answer.
 */
export function editChatAnswer(body: Buffer, edits: ChatAnswerEdits): Buffer {
  const walk = walkChunk(body, 0, body.length);
  const told = edits.keepsUsage && walk.usage !== null ? body.subarray(walk.usage.start, walk.usage.end) : null;
  const usage = writeChatUsage(told, edits.closing);
  const model = edits.model === null ? null : Buffer.from(JSON.stringify(edits.model));
  const ends = walk.choices.flatMap(({ finishReason }) => finishReason ?? []);
  const stops: ByteEdit[] = ends
    .filter(({ start, end }) => body.toString('latin1', start, end) === 'null')
    .map((range) => ({ ...range, bytes: stop }));
  const face = { id: null, model, usage, omitsNullUsage: false, finishReason: stop };
  const keys = chunkEdits(body, walk, face);
  return Buffer.concat(piecesWith(body, { start: 0, end: body.length }, [...keys, ...stops]));
}

/** An answer that came whole was not cut: one without a reason has come to its own end. */
const stop = Buffer.from('"stop"');
