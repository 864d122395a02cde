import type { CallReading, CallSource } from '../call/call.js';
import { unsupported } from '../call/request-problem.js';
import { readFormRequest, type FormRequest } from '../multipart/form-request.js';
import { PassedCall } from '../passing/passed-call.js';
import { passedFacts } from '../passing/passed-facts.js';
import { MODEL_CHARACTERS_MAX } from '../passing/request-document.js';
import { audioMilliseconds, longestMilliseconds } from '../sound/audio-length.js';
import { estimateTokens } from '../tokens/token-estimator.js';
import { openTranscriptEvents, readTranscriptionAnswer, type AskedTranscription } from './transcriptions-answer.js';

/** Some providers bill ten seconds at least, and all round up to the next one. */
const BILLED_MS_MIN = 10_000;
/** Tokens of a second of sound, by the provider that counts most (Google). */
const AUDIO_TOKENS_PER_SECOND_MAX = 32;
/** Nobody speaks faster: some five words a second. */
const TEXT_TOKENS_PER_SECOND_MAX = 10;
const TEXT_TOKENS_MIN = 64;

const textFormats: ReadonlySet<string> = new Set(['text', 'srt', 'vtt']);

/** `POST /v1/audio/transcriptions`, a form with one file. */
export function readTranscriptionCall(source: CallSource): CallReading {
  const reading = readFormRequest(source);
  return 'problem' in reading ? reading : read(reading.form);
}

function read(form: FormRequest): CallReading {
  const { parameters } = form;
  const model = parameters.requiredText('model', MODEL_CHARACTERS_MAX);
  const [file, second] = form.files('file');
  if (parameters.has('url')) {
    return { problem: unsupported('url', 'send the file itself: the length of what an address holds is not known') };
  }
  if (file === undefined)
    parameters.problem ??= { code: 'missing_parameter', param: 'file', detail: 'it is missing', limit: null };
  else if (second !== undefined) parameters.refuse('file', 'one file');
  else if (file.content.end === file.content.start) parameters.refuse('file', 'a sound file; it is empty');
  const stream = parameters.flag('stream');
  const caller = form.callerFacts;
  const prompt = parameters.text('prompt') ?? '';
  const format = parameters.text256('response_format') ?? 'json';
  if (parameters.problem !== null || file === undefined)
    return { problem: parameters.problem ?? unsupported('file', '') };
  const asked = askedOf(form.contentOf(file), prompt, textFormats.has(format));
  const seconds = asked.audioMillisecondsMax / 1000;
  return {
    call: new PassedCall({
      dialect: 'transcriptions',
      facts: passedFacts({
        model,
        stream,
        caller,
        textTokens: asked.promptTokens,
        units: {
          audioMilliseconds: asked.audioMilliseconds,
          audioMillisecondsMax: asked.audioMillisecondsMax,
          outputTokensMax: TEXT_TOKENS_MIN + Math.ceil(seconds * TEXT_TOKENS_PER_SECOND_MAX),
          mediaInputTokensMax: Math.ceil(seconds * AUDIO_TOKENS_PER_SECOND_MAX),
        },
      }),
      hasEvents: true,
      request: (name) => ({ ...form.withModel(name), headers: [] }),
      openStream: (_target, face) => openTranscriptEvents(asked, face),
      readAnswer: (answer, _target, face) => readTranscriptionAnswer(answer, asked, face),
    }),
  };
}

function askedOf(file: Buffer, prompt: string, isText: boolean): AskedTranscription {
  const measured = audioMilliseconds(file);
  return {
    audioMilliseconds: measured,
    audioMillisecondsMax: Math.max(BILLED_MS_MIN, (measured ?? longestMilliseconds(file.length)) + 1_000),
    promptTokens: (prompt === '' ? 0 : estimateTokens(prompt)) + 3,
    isText,
  };
}
