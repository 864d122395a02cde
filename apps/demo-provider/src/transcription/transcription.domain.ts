import { createHash } from 'node:crypto';

import { z } from 'zod';

import { answerTokens } from '../answer/answer.domain.js';
import type { SentForm } from '../work/form.domain.js';
import { event, text, whole, WorkRefusal, type Work, type WorkAnswer } from '../work/work.domain.js';

const WORDS_A_SECOND = 2.5;
const WORDS_MAX = 5_000;
const WORDS_OF_A_SUBTITLE = 10;
/** Of sound that is no WAV: 128 kbit/s. */
const BYTES_A_SECOND = 16_000;

const fieldsSchema = z.looseObject({
  model: z.string(),
  response_format: z.string().default('json'),
  stream: z
    .enum(['true', 'false'])
    .default('false')
    .transform((word) => word === 'true'),
  user: z.string().nullable().default(null),
});

interface Heard {
  readonly words: readonly string[];
  readonly seconds: number;
}

/** Words that follow from the sound's bytes, two and a half for each second of it. */
export function readTranscription({ fields, files }: SentForm): { work: Work; answer: () => WorkAnswer } {
  const [file] = files.filter(({ name }) => name === 'file');
  if (file === undefined || file.content.length === 0) throw new WorkRefusal('file', 'Send a file with sound.');
  const parsed = fieldsSchema.safeParse(fields);
  if (!parsed.success) throw new WorkRefusal('model', z.prettifyError(parsed.error));
  const { model, response_format: format, user, stream } = parsed.data;
  return {
    work: { dialect: 'transcriptions', model, stream, user },
    answer: () => {
      const heard = hear(file.content);
      return stream ? streamed(heard) : answerIn(format, heard);
    },
  };
}

function hear(content: Buffer): Heard {
  const seconds = lengthOf(content);
  const count = Math.min(WORDS_MAX, Math.max(1, Math.round(seconds * WORDS_A_SECOND)));
  const digest = createHash('sha256').update(content).digest('hex');
  const tokens = answerTokens([{ role: 'user', text: digest }], 0);
  // The echo of the digest is no speech.
  const words = Array.from({ length: count + 5 }, () => tokens.next().value).slice(5);
  return { words, seconds };
}

function lengthOf(content: Buffer): number {
  const isWav = content.length > 44 && content.toString('latin1', 8, 12) === 'WAVE';
  const rate = isWav ? content.readUInt32LE(28) : BYTES_A_SECOND;
  return (content.length - (isWav ? 44 : 0)) / Math.max(1, rate);
}

const transcriptOf = ({ words }: Heard): string => words.join('').trim();
const usageOf = ({ seconds }: Heard): object => ({ type: 'duration', seconds: Math.ceil(seconds) });

function answerIn(format: string, heard: Heard): WorkAnswer {
  const transcript = transcriptOf(heard);
  switch (format) {
    case 'json':
      return whole({ text: transcript, usage: usageOf(heard) });
    case 'verbose_json': {
      const segments = subtitles(heard).map(({ from, to, line }, id) => ({ id, start: from, end: to, text: line }));
      const usage = usageOf(heard);
      return whole({
        task: 'transcribe',
        language: 'english',
        duration: heard.seconds,
        text: transcript,
        segments,
        usage,
      });
    }
    case 'text':
      return text(`${transcript}\n`);
    case 'srt':
      return text(
        subtitles(heard)
          .map(({ from, to, line }, index) => `${index + 1}\n${clock(from, ',')} --> ${clock(to, ',')}\n${line}\n`)
          .join('\n'),
      );
    case 'vtt':
      return text(
        `WEBVTT\n\n${subtitles(heard)
          .map(({ from, to, line }) => `${clock(from, '.')} --> ${clock(to, '.')}\n${line}\n`)
          .join('\n')}`,
      );
    default:
      throw new WorkRefusal(
        'response_format',
        `This provider answers in json, text, srt, vtt and verbose_json, not ${format}.`,
      );
  }
}

function streamed(heard: Heard): WorkAnswer {
  function* events(): Generator<string> {
    for (const delta of heard.words) yield event('transcript.text.delta', { delta });
    yield event('transcript.text.done', { text: transcriptOf(heard), usage: usageOf(heard) });
  }
  return { contentType: 'text/event-stream; charset=utf-8', pieces: events(), isWhole: false };
}

function subtitles({ words, seconds }: Heard): { from: number; to: number; line: string }[] {
  const lines: { from: number; to: number; line: string }[] = [];
  for (let at = 0; at < words.length; at += WORDS_OF_A_SUBTITLE) {
    const end = Math.min(words.length, at + WORDS_OF_A_SUBTITLE);
    const line = words.slice(at, end).join('').trim();
    lines.push({ from: (at * seconds) / words.length, to: (end * seconds) / words.length, line });
  }
  return lines;
}

function clock(seconds: number, point: ',' | '.'): string {
  const thousandths = Math.round(seconds * 1_000);
  const rest = String(thousandths % 1_000).padStart(3, '0');
  return `${two(thousandths / 3_600_000)}:${two((thousandths / 60_000) % 60)}:${two((thousandths / 1_000) % 60)}${point}${rest}`;
}

function two(value: number): string {
  return String(Math.floor(value)).padStart(2, '0');
}
