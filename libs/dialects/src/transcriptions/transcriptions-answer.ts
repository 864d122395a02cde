import { emptyUsage, type UsageVector } from '@apilink/pricing';

import type { WholeAnswer } from '../call/answer-stream.js';
import type { CallFace } from '../call/call.js';
import { isRecord, parsedJson } from '../json/records.js';
import { QUOTE } from '../json/json-bytes.js';
import { AnswerDocument } from '../passing/answer-document.js';
import { failedAnswer, foreignAnswer, passedAnswer } from '../passing/answer-reading.js';
import { PassedEvents } from '../passing/passed-events.js';
import type { OwnUsage } from '../passing/passed-usage.js';
import { estimateTokens } from '../tokens/token-estimator.js';
import { TranscriptionsUsageReader } from '../usage/transcriptions-usage.js';
import { noReading, type UsageReader, type UsageReading } from '../usage/usage-reading.js';
import { subtitleMilliseconds } from './subtitle-length.js';

/** Audio tokens of a second, as OpenAI counts them; other providers tell their own. */
const AUDIO_TOKENS_PER_SECOND = 10;
/** Of a transcript under way so much is kept, to be counted if it breaks off: more than a day of speech. */
const TRANSCRIPT_CHARACTERS_MAX = 2_000_000;
/** Words are spoken at some 14 characters a second: for sound whose length nothing tells. */
const CHARACTERS_PER_SECOND = 14;

export interface AskedTranscription {
  /** Measured; null when it could not be. */
  readonly audioMilliseconds: number | null;
  readonly audioMillisecondsMax: number;
  readonly promptTokens: number;
  /** `text`, `srt` and `vtt` are no JSON. */
  readonly isText: boolean;
}

export function readTranscriptionAnswer(body: Buffer, asked: AskedTranscription, face: CallFace): WholeAnswer {
  const document = AnswerDocument.read(body);
  if (document === null) return asked.isText ? textAnswer(body, asked) : foreignAnswer;
  const { failure } = document;
  if (failure !== null) return failedAnswer(failure);
  const text = document.member('text');
  if (text === null || body[text.valueStart] !== QUOTE) return foreignAnswer;
  const transcript = parsedJson(body.toString('utf8', text.valueStart, text.end));
  return passedAnswer({
    told: toldUsage(document),
    counted: countedTranscript(asked, String(transcript), null),
    write: (closing, keepsUsage) => ({
      contentType: 'application/json',
      body: document.edited({ model: face.model, keepsUsage, ownUsage: ownUsage(closing.usage), closing }),
    }),
  });
}

/** A text has no room for what it cost: the receipt has. */
function textAnswer(body: Buffer, asked: AskedTranscription): WholeAnswer {
  const text = body.toString();
  if (/^\s*<(!doctype|html)/i.test(text)) return foreignAnswer;
  return passedAnswer({
    told: noReading(null),
    counted: countedTranscript(asked, text, subtitleMilliseconds(text)),
    write: () => ({ contentType: 'text/plain; charset=utf-8', body }),
  });
}

function toldUsage(document: AnswerDocument): UsageReading {
  const reader = new TranscriptionsUsageReader({ characters: 0, audioMilliseconds: null, searches: 0 });
  reader.note({ usage: document.value('usage'), duration: document.value('duration') });
  return reader.reading;
}

/** What was used where the upstream told none: the measured length, else the subtitles', else that of so many words. */
export function countedTranscript(asked: AskedTranscription, text: string, subtitles: number | null): UsageVector {
  const guessed = subtitles ?? Math.ceil((text.length * 1000) / CHARACTERS_PER_SECOND);
  const milliseconds = Math.min(asked.audioMilliseconds ?? guessed, asked.audioMillisecondsMax);
  const audioInput = Math.ceil((milliseconds * AUDIO_TOKENS_PER_SECOND) / 1000);
  return {
    ...emptyUsage,
    input: asked.promptTokens + audioInput,
    audioInput,
    output: estimateTokens(text),
    milliseconds,
    requests: 1,
  };
}

function ownUsage({ input, output, milliseconds }: UsageVector): OwnUsage {
  return milliseconds > 0
    ? { type: 'duration', seconds: Math.ceil(milliseconds / 1000) }
    : { type: 'tokens', input_tokens: input, output_tokens: output, total_tokens: input + output };
}

const lastTypes: ReadonlySet<string> = new Set(['transcript.text.done']);

/** `transcript.text.delta` … `transcript.text.done`. Models that do not stream answer whole: that becomes the last event. */
export function openTranscriptEvents(asked: AskedTranscription, face: CallFace): PassedEvents {
  const usage = new StreamedTranscriptUsage();
  return new PassedEvents({
    lastTypes,
    lastCount: 1,
    usage,
    counted: () => countedTranscript(asked, usage.text, null),
    ownUsage,
    model: face.model,
    eventOf: (answer) => {
      const text = answer.value('text');
      const told = answer.value('usage');
      const type = 'transcript.text.done';
      return typeof text === 'string'
        ? JSON.stringify({ type, text, ...(isRecord(told) ? { usage: told } : {}) })
        : null;
    },
  });
}

class StreamedTranscriptUsage implements UsageReader {
  text = '';
  private readonly reader = new TranscriptionsUsageReader({ characters: 0, audioMilliseconds: null, searches: 0 });

  note(document: unknown): void {
    if (!isRecord(document)) return;
    const { type, delta, text } = document;
    const isDelta = type === 'transcript.text.delta' && typeof delta === 'string';
    if (isDelta && this.text.length < TRANSCRIPT_CHARACTERS_MAX) this.text += delta;
    if (type !== 'transcript.text.done') return;
    if (typeof text === 'string') this.text = text;
    this.reader.note(document);
  }

  get reading(): UsageReading {
    return this.reader.reading;
  }
}
