import { createHash } from 'node:crypto';

import { z } from 'zod';

import { whole, WorkRefusal, wordsOf, type Work, type WorkAnswer } from '../work/work.domain.js';

const DIMENSIONS = 256;
const DIMENSIONS_MAX = 4_096;

const tokensSchema = z.array(z.number().int().min(0)).min(1);
const requestSchema = z.looseObject({
  model: z.string(),
  input: z.union([z.string().min(1), z.array(z.string().min(1)).min(1), tokensSchema, z.array(tokensSchema).min(1)]),
  dimensions: z.number().int().min(1).max(DIMENSIONS_MAX).default(DIMENSIONS),
  encoding_format: z.enum(['float', 'base64']).default('float'),
  user: z.string().nullish(),
});

export function readEmbedding(body: unknown): { work: Work; answer: () => WorkAnswer } {
  const parsed = requestSchema.safeParse(body);
  if (!parsed.success) throw new WorkRefusal('input', z.prettifyError(parsed.error));
  const { model, input, dimensions, encoding_format: format, user = null } = parsed.data;
  return {
    work: { dialect: 'embeddings', model, stream: false, user },
    answer: () => {
      const inputs = inputsOf(input);
      const tokens = inputs.reduce((sum, words) => sum + words.length, 0);
      const data = inputs.map((words, index) => {
        const vector = unitVector(words, dimensions);
        const embedding = format === 'float' ? [...vector] : Buffer.from(vector.buffer).toString('base64');
        return { object: 'embedding', index, embedding };
      });
      return whole({ object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } });
    },
  };
}

function inputsOf(input: string | readonly (string | number | readonly number[])[]): readonly (readonly string[])[] {
  if (typeof input === 'string') return [wordsOf(input)];
  if (input.every((one) => typeof one === 'number')) return [input.map(String)];
  return input.map((one) => (typeof one === 'string' ? wordsOf(one) : [one].flat().map(String)));
}

/** The sum of its words' directions, of length one: texts with words in common lie near each other. */
export function unitVector(words: readonly string[], dimensions: number): Float32Array {
  const sum = new Float64Array(dimensions);
  for (const word of words.length === 0 ? [''] : words) addDirection(sum, word);
  const length = Math.sqrt(sum.reduce((total, value) => total + value * value, 0));
  return Float32Array.from(sum, (value) => value / length);
}

/** A direction of its own for each word, the same on every machine (xorshift32, seeded by a hash). */
function addDirection(sum: Float64Array, word: string): void {
  let state = createHash('sha256').update(word).digest().readUInt32LE(0) || 1;
  for (let index = 0; index < sum.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    sum[index] = (sum[index] ?? 0) + (state >>> 0) / 2 ** 31 - 1;
  }
}
