import type { CallSource } from '../call/call.js';
import { isRecord, listOf, textOf } from '../json/records.js';
import { DocumentReader } from '../turn/document-reader.js';
import type {
  JsonRecord,
  OutputFormat,
  ReasoningWish,
  Sampling,
  TurnExtra,
  TurnReading,
} from '../turn/turn-request.js';
import { memberOf, snakeCase, spelling } from './gemini-members.js';
import { geminiPath } from './gemini-path.js';
import { jsonSchemaOf } from './gemini-schema.js';
import { GeminiContentsReader } from './read-gemini-contents.js';
import { readGeminiToolChoice, readGeminiTools } from './read-gemini-tools.js';

const both = (keys: readonly string[]): ReadonlySet<string> => new Set(keys.flatMap((key) => [key, snakeCase(key)]));

const spokenKeys = both([
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'generationConfig',
  'serviceTier',
  'model',
]);
/** They change nothing of the answer: what is counted, billed and stored. */
const harmlessKeys = both(['labels', 'store']);
const samplingKeys = ['temperature', 'topP', 'topK', 'seed', 'stopSequences', 'presencePenalty', 'frequencyPenalty'];
const formatKeys = ['responseMimeType', 'responseSchema', 'responseJsonSchema', 'responseModalities'];
const otherKeys = ['maxOutputTokens', 'candidateCount', 'responseLogprobs', 'logprobs', 'thinkingConfig'];
const configKeys = both([samplingKeys, formatKeys, otherKeys].flat());
/** Safety settings that switch a filter off ask for nothing that others do. */
const unfiltered = new Set(['BLOCK_NONE', 'OFF']);

/** The whole of a request to Gemini, for an upstream that speaks another dialect. */
export function readGeminiTurn(document: JsonRecord, source: CallSource): TurnReading {
  const path = geminiPath(source.path);
  const reader = new DocumentReader();
  const contents = new GeminiContentsReader(reader);
  const key = spelling(document, 'generationConfig');
  const config = new ConfigReader(reader, reader.record(document, key, key) ?? {}, key);
  const turn = {
    model: path?.model ?? '',
    messages: [...contents.instruction(document), ...contents.read(document)],
    tools: readGeminiTools(reader, document),
    toolChoice: readGeminiToolChoice(reader, document),
    parallelToolCalls: null,
    format: config.format(),
    reasoning: config.reasoning(),
    sampling: config.sampling(),
    maxTokens: config.count('maxOutputTokens', 1),
    choices: config.count('candidateCount', 1) ?? 1,
    stream: path?.stream ?? false,
    serviceTier: textOf(memberOf(document, 'serviceTier'))?.toLowerCase() ?? null,
    endUser: null,
    verbosity: null,
    promptCacheKey: null,
    metadata: {},
    extras: [...extrasOf(document), ...config.extras()],
  };
  return reader.problem === null ? { turn } : { problem: reader.problem };
}

function extrasOf(document: JsonRecord): TurnExtra[] {
  return Object.entries(document)
    .filter(([key, value]) => !spokenKeys.has(key) && value !== null)
    .map(([path, value]) => ({ path, value, isHarmless: harmlessKeys.has(path) || isUnfiltered(path, value) }));
}

function isUnfiltered(key: string, value: unknown): boolean {
  if (key !== 'safetySettings' && key !== 'safety_settings') return false;
  return listOf(value).every((one) => isRecord(one) && unfiltered.has(textOf(one['threshold']) ?? ''));
}

/** Reads `generationConfig`, whose members have two spellings and numbers that may be texts. */
class ConfigReader {
  constructor(
    private readonly reader: DocumentReader,
    private readonly config: JsonRecord,
    private readonly path: string,
  ) {}

  count(key: string, min: number): number | null {
    return this.reader.count(this.numbers, spelling(this.config, key), min, this.at(key));
  }

  sampling(): Sampling {
    const isTold = memberOf(this.config, 'responseLogprobs') === true;
    return {
      temperature: this.number('temperature'),
      topP: this.number('topP'),
      topK: this.number('topK'),
      seed: this.number('seed'),
      stop: listOf(memberOf(this.config, 'stopSequences')).filter((one) => typeof one === 'string'),
      presencePenalty: this.number('presencePenalty'),
      frequencyPenalty: this.number('frequencyPenalty'),
      logitBias: null,
      topLogprobs: isTold ? (this.count('logprobs', 0) ?? 0) : null,
    };
  }

  format(): OutputFormat {
    const { config, reader } = this;
    const type = reader.oneOf(
      textOf(memberOf(config, 'responseMimeType')),
      ['text/plain', 'application/json', 'text/x.enum'],
      this.at('responseMimeType'),
    );
    if (type === 'text/x.enum')
      reader.unsupported(this.at('responseMimeType'), 'only Google answers with one of a list');
    const whole = memberOf(config, 'responseJsonSchema');
    const own = memberOf(config, 'responseSchema');
    const schema = isRecord(whole) ? whole : isRecord(own) ? jsonSchemaOf(own) : null;
    if (schema !== null) return { kind: 'json_schema', name: 'response', description: null, schema, strict: null };
    return { kind: type === 'application/json' ? 'json_object' : 'text' };
  }

  reasoning(): ReasoningWish | null {
    const { reader } = this;
    const key = spelling(this.config, 'thinkingConfig');
    const at = this.at('thinkingConfig');
    const thinking = reader.record(this.config, key, at);
    if (thinking === null) return null;
    const known = both(['includeThoughts', 'thinkingBudget', 'thinkingLevel']);
    const other = Object.keys(thinking).find((name) => !known.has(name));
    if (other !== undefined) reader.unsupported(`${at}.${other}`, 'only Google has it');
    const budget = reader.number(thinking, spelling(thinking, 'thinkingBudget'), `${at}.thinkingBudget`);
    const level = textOf(memberOf(thinking, 'thinkingLevel'))?.toLowerCase() ?? null;
    const isShown = memberOf(thinking, 'includeThoughts') === true;
    return {
      effort: budget === 0 ? 'none' : level === 'thinking_level_unspecified' ? null : level,
      // −1 leaves it to the model.
      maxTokens: budget !== null && budget > 0 ? budget : null,
      summary: isShown ? 'auto' : null,
      exclude: !isShown,
    };
  }

  extras(): TurnExtra[] {
    const extras: TurnExtra[] = [];
    for (const [key, value] of Object.entries(this.config)) {
      const isText = listOf(value).every((one) => one === 'TEXT');
      const isModalities = key === 'responseModalities' || key === 'response_modalities';
      if (value === null || (configKeys.has(key) && (!isModalities || isText))) continue;
      extras.push({ path: `${this.path}.${key}`, value, isHarmless: false });
    }
    return extras;
  }

  private number(key: string): number | null {
    return this.reader.number(this.numbers, spelling(this.config, key), this.at(key));
  }

  /** int32 and float come as numbers or as their texts. */
  private get numbers(): JsonRecord {
    return Object.fromEntries(
      Object.entries(this.config).map(([key, value]) => {
        const isNumber = typeof value === 'string' && /^-?\d{1,15}(?:\.\d{1,9})?$/.test(value);
        return [key, isNumber ? Number(value) : value];
      }),
    );
  }

  private at(key: string): string {
    return `${this.path}.${spelling(this.config, key)}`;
  }
}
