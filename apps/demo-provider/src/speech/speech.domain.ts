import { z } from 'zod';

import { event, WorkRefusal, wordsOf, type Work, type WorkAnswer } from '../work/work.domain.js';
import { SAMPLE_RATE, samplesOf, toneOf, wavHead } from './wav.domain.js';

const INPUT_CHARACTERS_MAX = 4_096;
/** Audio tokens of a minute, as gpt-4o-mini-tts has them. */
const TOKENS_OF_A_MINUTE = 1_250;

const requestSchema = z.looseObject({
  model: z.string(),
  input: z.string().min(1),
  response_format: z.string().nullish(),
  stream_format: z.enum(['audio', 'sse']).default('audio'),
  user: z.string().nullish(),
});

/** Speaks in tones, one for each character: a real WAV, or its samples alone. */
export function readSpeech(body: unknown): { work: Work; answer: () => WorkAnswer } {
  const parsed = requestSchema.safeParse(body);
  if (!parsed.success) throw new WorkRefusal('input', z.prettifyError(parsed.error));
  const { model, input, response_format: asked, stream_format: streamFormat, user = null } = parsed.data;
  const format = asked ?? 'wav';
  if (format !== 'wav' && format !== 'pcm') {
    throw new WorkRefusal('response_format', `This provider speaks wav and pcm, not ${format}.`);
  }
  const characters = Array.from(input);
  if (characters.length > INPUT_CHARACTERS_MAX) {
    throw new WorkRefusal('input', `This provider speaks ${INPUT_CHARACTERS_MAX} characters at once.`);
  }
  return {
    work: { dialect: 'speech', model, stream: streamFormat === 'sse', user },
    answer: () =>
      streamFormat === 'sse'
        ? { contentType: 'text/event-stream; charset=utf-8', pieces: events(characters, input), isWhole: false }
        : { contentType: `audio/${format}`, pieces: sound(characters, format), isWhole: false },
  };
}

function* sound(characters: readonly string[], format: 'wav' | 'pcm'): Generator<Buffer> {
  if (format === 'wav') yield wavHead(samplesOf(characters.length));
  for (const character of characters) yield toneOf(character);
}

function* events(characters: readonly string[], input: string): Generator<string> {
  for (const piece of sound(characters, 'wav')) {
    yield event('speech.audio.delta', { audio: piece.toString('base64') });
  }
  const input_tokens = wordsOf(input).length;
  const seconds = samplesOf(characters.length) / SAMPLE_RATE;
  const output_tokens = Math.ceil((seconds * TOKENS_OF_A_MINUTE) / 60);
  const usage = { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens };
  yield event('speech.audio.done', { usage });
}
