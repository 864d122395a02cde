import type { AnswerClosing, AnswerFailure } from '../call/answer-closing.js';
import type { AnswerPhase, AnswerStream } from '../call/answer-stream.js';
import type { UsageVector } from '@apilink/pricing';
import { withReasoningName } from './reasoning-name.js';

/**
 * A chat stream for OpenRouter's SDK, whose schema ends the stream at a `null` where OpenAI's own clients take one: a chunk
 * without usage has no such key, and an unknown fingerprint is the empty string. Thinking has the name that it reads.
 */
export class StrictChunkStream implements AnswerStream {
  constructor(private readonly stream: AnswerStream) {}

  get phase(): AnswerPhase {
    return this.stream.phase;
  }
  get failure(): AnswerFailure | null {
    return this.stream.failure;
  }
  get problem(): string | null {
    return this.stream.problem;
  }
  get usage(): UsageVector | null {
    return this.stream.usage;
  }
  get usageProblem(): string | null {
    return this.stream.usageProblem;
  }
  get finishReason(): string | null {
    return this.stream.finishReason;
  }
  get serviceTier(): string | null {
    return this.stream.serviceTier;
  }
  get outputTokens(): number {
    return this.stream.outputTokens;
  }
  get isEmpty(): boolean {
    return this.stream.isEmpty;
  }

  feed(read: Buffer): Buffer | null {
    return shown(this.stream.feed(read));
  }

  end(): Buffer | null {
    return shown(this.stream.end());
  }

  finish(closing: AnswerClosing): Buffer {
    return withoutNulls(this.stream.finish(closing));
  }
}

function shown(events: Buffer | null): Buffer | null {
  return events === null ? null : withoutNulls(events);
}

/**
 * Only whole events leave a stream. Within a string of JSON these keys cannot stand: their quotes would have a backslash. One
 * byte is one character of latin1, so that nothing else changes, whatever the text is written in.
 */
function withoutNulls(events: Buffer): Buffer {
  const text = events.toString('latin1');
  if (!FINGERPRINT.test(text) && !USAGE.test(text) && !text.includes('"reasoning_content"')) return events;
  return Buffer.from(
    text
      .split(BLANK_LINE)
      .map(withReasoningName)
      .join('')
      .replaceAll(new RegExp(FINGERPRINT, 'g'), '"system_fingerprint":""')
      .replaceAll(/,\s*"usage"\s*:\s*null/g, '')
      .replaceAll(/"usage"\s*:\s*null\s*,/g, ''),
    'latin1',
  );
}

/** Kept with the event before it. */
const BLANK_LINE = /(?<=\r?\n\r?\n)/;
const FINGERPRINT = /"system_fingerprint"\s*:\s*null/;
const USAGE = /"usage"\s*:\s*null/;
