import { mediaAddressProblem } from '../address/media-address.js';
import type { CallFacts, CallNeed } from '../call/call.js';
import { unsupported, type RequestProblem } from '../call/request-problem.js';
import { ParameterReader } from '../request/parameter-reader.js';
import { isRecord, listOf, parsedJson } from '../json/records.js';
import { requestMembers, type RequestMembers } from '../request/request-members.js';
import { CLOSE_BRACKET, OPEN_BRACE, OPEN_BRACKET, QUOTE, skipSpace } from '../json/json-bytes.js';
import { elementsOf, membersOf } from '../json/json-members.js';
import type { MemberRange } from '../json/scan-document.js';
import { PromptEstimator } from '../tokens/prompt-estimator.js';
import { isWebSearch } from './read-responses-tools.js';
import { settingKeys } from './responses-keys.js';
import { referencesIn } from './stored-items.js';

const MODEL_CHARACTERS_MAX = 200;
const FALLBACK_MODELS_MAX = 16;

/** A `null` begins with it; nothing else does. */
const NULL_START = 0x6e;

/** Tokens with which a provider primes the answer. */
const PRIMING_TOKENS = 3;

/** What no dialect is served without a keeper of its own, and why. */
const refusals: readonly (readonly [string, string])[] = [
  ['conversation', 'conversation objects are not offered; go on with previous_response_id, or send the whole input'],
  ['prompt', 'prompt templates are kept by one provider; send their text as instructions and input'],
];

export interface ResponsesRequest {
  readonly facts: CallFacts;
  readonly members: RequestMembers;
  /** The client wants its answer kept; so it is when it says nothing. */
  readonly store: boolean;
}

/** Reads what the gateway needs of a request of Responses: one pass over the bytes. */
export function readResponsesRequest(
  body: Buffer,
  random: () => number,
  isReplayed: boolean,
): ResponsesRequest | { readonly problem: RequestProblem } {
  const prompt = new PromptEstimator(body, (key) => settingKeys.has(key), random);
  const members = requestMembers(body, prompt);
  if ('problem' in members) return members;
  return new RequestReader(body, members, prompt).read(isReplayed);
}

class RequestReader {
  private readonly parameters: ParameterReader;

  constructor(
    private readonly body: Buffer,
    private readonly members: RequestMembers,
    private readonly prompt: PromptEstimator,
  ) {
    this.parameters = new ParameterReader(body, members.byKey);
  }

  read(isReplayed: boolean): ResponsesRequest | { readonly problem: RequestProblem } {
    const { parameters, prompt } = this;
    const model = parameters.requiredText('model', MODEL_CHARACTERS_MAX);
    this.checkInput();
    this.refuseUnserved(isReplayed);
    const tools = this.toolTypes();
    const facts: CallFacts = {
      model,
      stream: parameters.flag('stream'),
      maxTokens: parameters.count('max_output_tokens', null),
      choices: 1,
      endUser: parameters.text256('user') ?? parameters.text256('safety_identifier'),
      session: parameters.text256('session_id') ?? parameters.text256('prompt_cache_key'),
      serviceTier: parameters.text256('service_tier'),
      models: parameters.texts('models', FALLBACK_MODELS_MAX),
      provider: parameters.value('provider'),
      needs: this.needs(tools),
      estimatedTextTokens: prompt.tokens + PRIMING_TOKENS,
      media: prompt.media.facts,
      asksHourOfCache: prompt.saysHour,
      asksModalities: tools.includes('image_generation'),
      asksWebSearch: tools.some(isWebSearch),
      units: null,
    };
    const store = parameters.value('store') !== false;
    if (parameters.problem !== null) return { problem: parameters.problem };
    return { facts, members: this.members, store };
  }

  private checkInput(): void {
    const { body, parameters } = this;
    const member = parameters.member('input');
    if (member === null || body[member.valueStart] === NULL_START) {
      parameters.problem ??= { code: 'missing_parameter', param: 'input', detail: 'it is missing', limit: null };
      return;
    }
    const { valueStart } = member;
    if (body[valueStart] === QUOTE) return;
    const isFilled = body[valueStart] === OPEN_BRACKET && body[skipSpace(body, valueStart + 1)] !== CLOSE_BRACKET;
    if (!isFilled) parameters.refuse('input', 'a text or a list of at least one item');
    else this.checkItems(member);
  }

  private checkItems(input: MemberRange): void {
    const { body, parameters, prompt } = this;
    const [reference] = referencesIn(body, input);
    if (reference !== undefined) {
      const detail = `no stored item has the id "${reference.id.slice(0, 100)}"; send the item itself`;
      parameters.problem ??= { code: 'invalid_parameter', param: 'input', detail, limit: null };
    }
    const { images, files } = prompt.media.facts;
    if (images.length === 0 && files === 0) return;
    let index = 0;
    for (const { start, end } of elementsOf(body, input.valueStart)) {
      parameters.problem ??= addressProblem(parsedJson(body.toString('utf8', start, end)), `input[${index++}]`);
    }
  }

  private refuseUnserved(isReplayed: boolean): void {
    const { parameters } = this;
    for (const [key, detail] of refusals) if (this.isSaid(key)) parameters.problem ??= unsupported(key, detail);
    if (parameters.value('background') === true) {
      parameters.problem ??= unsupported('background', 'answers are given at once; leave it out, or stream');
    }
    if (!isReplayed && this.isSaid('previous_response_id')) {
      const detail = 'no response of this id is stored; send the whole input';
      parameters.problem ??= { code: 'invalid_parameter', param: 'previous_response_id', detail, limit: null };
    }
  }

  private isSaid(key: string): boolean {
    const member = this.parameters.member(key);
    return member !== null && this.body[member.valueStart] !== NULL_START;
  }

  /** Types of the tools that are declared at the top level. */
  private toolTypes(): string[] {
    const { body, parameters } = this;
    const member = parameters.member('tools');
    if (member === null || body[member.valueStart] === NULL_START) return [];
    if (body[member.valueStart] !== OPEN_BRACKET) {
      parameters.refuse('tools', 'a list');
      return [];
    }
    return [...elementsOf(body, member.valueStart)].map(({ start }) => typeAt(body, start));
  }

  private needs(tools: readonly string[]): CallNeed[] {
    const { images, audios, files } = this.prompt.media.facts;
    const needs: CallNeed[] = [];
    if (tools.some((type) => !isWebSearch(type)) || this.hasToolsInInput()) needs.push('tools');
    if (images.length > 0) needs.push('images');
    if (this.hasFormat()) needs.push('structured-output');
    if (files > 0) needs.push('files');
    if (audios > 0) needs.push('audio');
    return needs;
  }

  private hasToolsInInput(): boolean {
    const member = this.parameters.member('input');
    return member !== null && this.body.subarray(member.valueStart, member.end).includes(additionalTools);
  }

  /** `text.format` of any kind but `text`. */
  private hasFormat(): boolean {
    const text = this.parameters.member('text');
    if (text === null || this.body[text.valueStart] !== OPEN_BRACE) return false;
    for (const { key, valueStart } of membersOf(this.body, text.valueStart)) {
      if (key === 'format') return this.body[valueStart] === OPEN_BRACE && typeAt(this.body, valueStart) !== 'text';
    }
    return false;
  }
}

const additionalTools = Buffer.from('"additional_tools"');

function typeAt(body: Buffer, brace: number): string {
  if (body[brace] !== OPEN_BRACE) return '';
  for (const { key, valueStart, end } of membersOf(body, brace)) {
    if (key === 'type') return body.toString('utf8', valueStart, end).replaceAll('"', '');
  }
  return '';
}

/** Of the first picture or file that stands at an address which no provider may be asked to look at. */
function addressProblem(item: unknown, path: string): RequestProblem | null {
  if (!isRecord(item)) return null;
  for (const key of ['content', 'output']) {
    for (const [index, part] of listOf(item[key]).entries()) {
      if (!isRecord(part)) continue;
      for (const name of ['image_url', 'file_url']) {
        const address = part[name];
        const param = `${path}.${key}[${index}].${name}`;
        const problem = typeof address === 'string' ? mediaAddressProblem(param, address) : null;
        if (problem !== null) return problem;
      }
    }
  }
  return null;
}
