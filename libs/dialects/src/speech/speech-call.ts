import { emptyUsage, type UsageVector } from '@apilink/pricing';

import type { CallFace, CallReading, CallSource } from '../call/call.js';
import { isRecord } from '../json/records.js';
import { foreignAnswer } from '../passing/answer-reading.js';
import { PassedCall } from '../passing/passed-call.js';
import { PassedEvents } from '../passing/passed-events.js';
import { passedFacts } from '../passing/passed-facts.js';
import {
  callerFacts,
  MODEL_CHARACTERS_MAX,
  readDocumentCall,
  type RequestDocument,
} from '../passing/request-document.js';
import { estimateTokens } from '../tokens/token-estimator.js';
import { SpeechUsageReader } from '../usage/speech-usage.js';
import { noReading, type RequestedUnits, type UsageReader, type UsageReading } from '../usage/usage-reading.js';
import { SoundStream } from './sound-stream.js';
import { spokenText, spokenTokens, spokenTokensMax, type SpokenText } from './spoken-length.js';

const INPUT_CHARACTERS_MAX = 65_536;
const INSTRUCTION_CHARACTERS_MAX = 65_536;
const SPEED_MAX = 16;

interface AskedSpeech {
  readonly spoken: SpokenText;
  /** Of the text and of the instructions. */
  readonly inputTokens: number;
  /** `mp3`, `wav`, …; null when the client did not say. */
  readonly format: string | null;
}

/** `POST /v1/audio/speech`: sound that passes as it comes, or a stream of events with sound in them. */
export function readSpeechCall(source: CallSource): CallReading {
  return readDocumentCall(source, read);
}

function read(document: RequestDocument): CallReading {
  const { parameters } = document;
  const model = parameters.requiredText('model', MODEL_CHARACTERS_MAX);
  const text = parameters.requiredText('input', INPUT_CHARACTERS_MAX);
  const instructions = optionalText(document, 'instructions');
  const format = parameters.text256('response_format');
  const streamFormat = parameters.value('stream_format');
  if (streamFormat !== undefined && streamFormat !== 'audio' && streamFormat !== 'sse') {
    parameters.refuse('stream_format', '"audio" or "sse"');
  }
  const speed = speedOf(document);
  const caller = callerFacts(document);
  if (parameters.problem !== null) return { problem: parameters.problem };
  const spoken = spokenText(text, speed);
  const inputTokens = estimateTokens(text) + estimateTokens(instructions) + 3;
  const asked: AskedSpeech = { spoken, inputTokens, format };
  const hasEvents = streamFormat === 'sse';
  return {
    call: new PassedCall({
      dialect: 'speech',
      facts: passedFacts({
        model,
        stream: true,
        caller,
        textTokens: inputTokens,
        units: {
          // How much text it takes at once every provider says for itself.
          contextTokens: 0,
          characters: spoken.characters,
          audioMillisecondsMax: spoken.milliseconds,
          outputTokensMax: spokenTokensMax(spoken.milliseconds),
        },
      }),
      hasEvents,
      request: (name) => ({ body: document.withModel(name), contentType: 'application/json', headers: [] }),
      openStream: (_target, face) =>
        hasEvents
          ? openSpeechEvents(asked, face)
          : new SoundStream({ format, count: (milliseconds, isWhole) => counted(asked, milliseconds, isWhole) }),
      readAnswer: () => foreignAnswer,
    }),
  };
}

function optionalText(document: RequestDocument, key: string): string {
  const value = document.value(key);
  if (value === undefined) return '';
  if (typeof value === 'string' && value.length <= INSTRUCTION_CHARACTERS_MAX) return value;
  document.parameters.refuse(key, `a text of at most ${INSTRUCTION_CHARACTERS_MAX} characters`);
  return '';
}

function speedOf({ parameters }: RequestDocument): number | null {
  const value = parameters.value('speed');
  if (value === undefined) return null;
  if (typeof value === 'number' && value > 0 && value <= SPEED_MAX) return value;
  parameters.refuse('speed', `a number above 0 and up to ${SPEED_MAX}`);
  return null;
}

/**
 * What was used by our own count: the length that was measured, never more than was held for. Of sound that broke off only
 * the share of the text that can have been spoken.
 */
function counted({ spoken, inputTokens }: AskedSpeech, milliseconds: number, isWhole: boolean): UsageVector {
  const heard = Math.min(milliseconds, spoken.milliseconds);
  const output = spokenTokens(heard);
  const share = Math.ceil((spoken.characters * heard) / spoken.milliseconds);
  return {
    ...emptyUsage,
    input: inputTokens,
    output,
    audioOutput: output,
    characters: isWhole ? spoken.characters : Math.min(spoken.characters, share),
    milliseconds: heard,
    requests: 1,
  };
}

const lastTypes: ReadonlySet<string> = new Set(['speech.audio.done']);

function openSpeechEvents(asked: AskedSpeech, face: CallFace): PassedEvents {
  const { characters } = asked.spoken;
  const usage = new StreamedSpeechUsage({ characters, audioMilliseconds: null, searches: 0 });
  return new PassedEvents({
    lastTypes,
    lastCount: 1,
    usage,
    // Half of what base64 has is some 64 kbit/s: the format of the pieces is not looked into.
    counted: () => counted(asked, Math.ceil(usage.soundBytes / 8), usage.isDone),
    ownUsage: ({ input, output }) => ({ input_tokens: input, output_tokens: output, total_tokens: input + output }),
    model: face.model,
    eventOf: () => null,
  });
}

/** Tells nothing until the last event told its tokens: characters alone would leave out what is sold by the token. */
class StreamedSpeechUsage implements UsageReader {
  soundBytes = 0;
  isDone = false;
  private readonly reader: SpeechUsageReader;
  private isTold = false;

  constructor(requested: RequestedUnits) {
    this.reader = new SpeechUsageReader(requested);
  }

  note(document: unknown): void {
    if (!isRecord(document)) return;
    const { type, audio, usage } = document;
    if (type === 'speech.audio.delta' && typeof audio === 'string')
      this.soundBytes += Math.floor((audio.length * 3) / 4);
    if (type !== 'speech.audio.done') return;
    this.isDone = true;
    this.isTold = isRecord(usage);
    this.reader.note(document);
  }

  get reading(): UsageReading {
    return this.isTold ? this.reader.reading : noReading(null);
  }
}
