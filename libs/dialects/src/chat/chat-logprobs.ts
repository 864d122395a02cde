import type { TokenLogprob } from '../turn/turn-event.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { isRecord, listOf } from '../json/records.js';

/** Log probabilities of content or of a refusal, as OpenAI tells them. */
export function readLogprobs(value: unknown, key: 'content' | 'refusal'): TokenLogprob[] {
  if (!isRecord(value)) return [];
  return listOf(value[key]).flatMap((entry) => {
    const logprob = readLogprob(entry);
    if (logprob === null || !isRecord(entry)) return [];
    return [{ ...logprob, top: listOf(entry['top_logprobs']).flatMap((other) => readLogprob(other) ?? []) }];
  });
}

function readLogprob(entry: unknown): Omit<TokenLogprob, 'top'> | null {
  if (!isRecord(entry)) return null;
  const { token, logprob, bytes } = entry;
  if (typeof token !== 'string' || typeof logprob !== 'number') return null;
  const told = Array.isArray(bytes) ? bytes.filter((byte) => typeof byte === 'number') : null;
  return { token, logprob, bytes: told };
}

/** The way back. */
export function writeLogprobs(logprobs: readonly TokenLogprob[], key: 'content' | 'refusal'): JsonRecord {
  const other = key === 'content' ? 'refusal' : 'content';
  return { [key]: logprobs.map(({ top, ...token }) => ({ ...token, top_logprobs: top })), [other]: null };
}
