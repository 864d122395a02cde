import type { CallFacts, CallNeed, CallSource } from '../call/call.js';
import { invalid, type RequestProblem } from '../call/request-problem.js';
import { ParameterReader } from '../request/parameter-reader.js';
import { isRecord, listOf, parsedJson, textOf } from '../json/records.js';
import { requestMembers, type RequestMembers } from '../request/request-members.js';
import { CLOSE_BRACKET, OPEN_BRACE, OPEN_BRACKET, skipSpace } from '../json/json-bytes.js';
import { elementsOf, membersOf, type NamedMember } from '../json/json-members.js';
import type { MemberRange } from '../json/scan-document.js';
import { PromptEstimator } from '../tokens/prompt-estimator.js';
import { GeminiMediaFinder } from './gemini-media-finder.js';
import { snakeCase } from './gemini-members.js';
import { geminiPath } from './gemini-path.js';

const MODEL_CHARACTERS_MAX = 200;
const CANDIDATES_MAX = 8;
/** Values of `generationConfig` that are settings have some dozens of bytes. */
const SETTING_BYTES_MAX = 1024;

/** Settings, not text that a model reads. A key that is not listed counts as prompt, so that nothing is left out. */
const settingKeys = new Set(
  [
    'model',
    'generationConfig',
    'safetySettings',
    'toolConfig',
    'cachedContent',
    'labels',
    'serviceTier',
    'store',
  ].flatMap((key) => [key, snakeCase(key)]),
);

/** Where the body is changed before it goes to an upstream that speaks Gemini. Belongs to the body it was read from. */
export interface GeminiSplices {
  /** The opening brace of the document. */
  readonly open: number;
  readonly generationConfig: MemberRange | null;
  readonly maxOutputTokens: MemberRange | null;
}

export interface ReadGeminiRequest {
  readonly facts: CallFacts;
  readonly splices: GeminiSplices;
}

/** Reads what the gateway needs of a request to Gemini: one pass over the bytes, no document is built of it. */
export function readGeminiRequest({
  body,
  path,
  random,
  query,
}: CallSource): ReadGeminiRequest | { readonly problem: RequestProblem } {
  const asked = geminiPath(path);
  const isModel = asked !== null && asked.model.length <= MODEL_CHARACTERS_MAX;
  if (!isModel) return { problem: invalid('model', 'a path like /v1beta/models/{model}:generateContent') };
  if (asked.stream && query !== undefined && new URLSearchParams(query).get('alt') !== 'sse') {
    return { problem: invalid('alt', 'the query ?alt=sse: streams are sent as server-sent events') };
  }
  const media = new GeminiMediaFinder(body);
  const prompt = new PromptEstimator(body, (key) => settingKeys.has(key), random, media);
  const members = requestMembers(body, prompt);
  if ('problem' in members) return members;
  if (media.problem !== null) return { problem: media.problem };
  return new GeminiRequestReader(body, members, prompt).read(asked);
}

class GeminiRequestReader {
  private readonly parameters: ParameterReader;
  private readonly config: ReadonlyMap<string, NamedMember>;

  constructor(
    private readonly body: Buffer,
    private readonly members: RequestMembers,
    private readonly prompt: PromptEstimator,
  ) {
    this.parameters = new ParameterReader(body, members.byKey);
    this.config = this.configMembers();
  }

  read({
    model,
    stream,
  }: {
    readonly model: string;
    readonly stream: boolean;
  }): ReadGeminiRequest | { readonly problem: RequestProblem } {
    this.checkContents();
    const tools = this.tools();
    const facts: CallFacts = {
      model,
      stream,
      maxTokens: this.count('maxOutputTokens', Number.MAX_SAFE_INTEGER),
      choices: this.count('candidateCount', CANDIDATES_MAX) ?? 1,
      endUser: null,
      session: null,
      serviceTier: textOf(this.parameters.value(this.named('serviceTier'))),
      models: [],
      needs: this.needs(tools),
      estimatedTextTokens: this.prompt.tokens,
      media: this.prompt.media.facts,
      asksHourOfCache: false,
      asksModalities: this.asksModalities(),
      asksWebSearch: tools.has('googleSearch') || tools.has('googleSearchRetrieval'),
      units: null,
    };
    const splices = {
      open: this.members.open,
      generationConfig: this.member('generationConfig'),
      maxOutputTokens: this.config.get('maxOutputTokens') ?? null,
    };
    return this.parameters.problem === null ? { facts, splices } : { problem: this.parameters.problem };
  }

  private named(key: string): string {
    return this.parameters.member(key) === null ? snakeCase(key) : key;
  }

  private member(key: string): MemberRange | null {
    return this.parameters.member(this.named(key));
  }

  private checkContents(): void {
    const { body, parameters } = this;
    const member = parameters.member('contents');
    if (member === null) {
      parameters.problem ??= { code: 'missing_parameter', param: 'contents', detail: 'it is missing', limit: null };
      return;
    }
    const first = skipSpace(body, member.valueStart + 1);
    const isList = body[member.valueStart] === OPEN_BRACKET && body[first] !== CLOSE_BRACKET;
    // Google takes one content without its list, too.
    if (!isList && body[member.valueStart] !== OPEN_BRACE) {
      parameters.refuse('contents', 'a list of at least one content');
    }
  }

  /** Members of `generationConfig` by their camelCase names. */
  private configMembers(): ReadonlyMap<string, NamedMember> {
    const found = new Map<string, NamedMember>();
    const member = this.member('generationConfig');
    if (member === null || this.body[member.valueStart] !== OPEN_BRACE) return found;
    for (const one of membersOf(this.body, member.valueStart)) {
      const key = one.key.replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
      if (found.has(key)) {
        const detail = `${key} stands twice in generationConfig`;
        this.parameters.problem ??= { code: 'duplicate_key', param: `generationConfig.${key}`, detail, limit: null };
      }
      found.set(key, one);
    }
    return found;
  }

  private setting(key: string): unknown {
    const member = this.config.get(key);
    if (member === undefined || member.end - member.valueStart > SETTING_BYTES_MAX) return undefined;
    return parsedJson(this.body.toString('utf8', member.valueStart, member.end)) ?? undefined;
  }

  /** A whole number; Google writes some of them as texts. */
  private count(key: string, max: number): number | null {
    const value = this.setting(key);
    if (value === undefined) return null;
    const number = typeof value === 'string' ? Number(value) : value;
    if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 1 && number <= max) return number;
    this.parameters.problem ??= invalid(`generationConfig.${key}`, `a whole number from 1 to ${max}`);
    return null;
  }

  private needs(tools: ReadonlySet<string>): CallNeed[] {
    const { images, audios, files } = this.prompt.media.facts;
    const needs: CallNeed[] = [];
    if (tools.has('functionDeclarations')) needs.push('tools');
    if (images.length > 0) needs.push('images');
    const type = this.setting('responseMimeType');
    if (type !== undefined && type !== 'text/plain') needs.push('structured-output');
    if (files > 0) needs.push('files');
    if (audios > 0) needs.push('audio');
    return needs;
  }

  /** The kinds of tools that are offered. */
  private tools(): ReadonlySet<string> {
    const kinds = new Set<string>();
    const member = this.parameters.member('tools');
    if (member === null || this.body[member.valueStart] !== OPEN_BRACKET) return kinds;
    for (const { start } of elementsOf(this.body, member.valueStart)) {
      if (this.body[start] !== OPEN_BRACE) continue;
      for (const { key } of membersOf(this.body, start)) {
        kinds.add(key.replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase()));
      }
    }
    return kinds;
  }

  private asksModalities(): boolean {
    const asked = this.setting('responseModalities');
    return listOf(asked).some((one) => one !== 'TEXT') || isRecord(this.setting('speechConfig'));
  }
}
