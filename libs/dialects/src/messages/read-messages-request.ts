import { mediaAddressProblem } from '../address/media-address.js';
import type { CallFacts, CallNeed } from '../call/call.js';
import type { RequestProblem } from '../call/request-problem.js';
import { ParameterReader } from '../request/parameter-reader.js';
import { isRecord, parsedJson } from '../json/records.js';
import { requestMembers, type RequestMembers } from '../request/request-members.js';
import { CLOSE_BRACKET, OPEN_BRACE, OPEN_BRACKET, skipSpace } from '../json/json-bytes.js';
import { elementsOf, membersOf } from '../json/json-members.js';
import type { MemberRange } from '../json/scan-document.js';
import { PromptEstimator } from '../tokens/prompt-estimator.js';
import { SourceMediaReader } from '../tokens/source-media-reader.js';
import type { MessagesSplices, ReadMessagesRequest } from './messages-request.js';

const MODEL_CHARACTERS_MAX = 200;
const FALLBACK_MODELS_MAX = 16;
const END_USER_CHARACTERS_MAX = 256;
/** A `null` begins with it; nothing else does. */
const NULL_START = 0x6e;
/** Tokens with which a provider primes the answer. */
const PRIMING_TOKENS = 3;

/** Consumed by the gateway, never forwarded. */
const gatewayKeys = ['provider', 'models', 'route', 'transforms', 'plugins', 'session_id', 'usage'];

/** Settings, not text that a model reads. A key that is not listed counts as prompt, so that nothing is left out. */
const settingKeys = new Set(
  [
    gatewayKeys,
    ['model', 'max_tokens', 'stream', 'metadata', 'stop_sequences', 'temperature', 'top_k', 'top_p', 'service_tier'],
    ['thinking', 'tool_choice', 'cache_control', 'container', 'context_management', 'speed', 'inference_geo', 'betas'],
    ['diagnostics', 'thread', 'fallbacks', 'user_profile_id'],
  ].flat(),
);

/** What is asked of the reader: counting tokens needs no output limit. */
export interface MessagesReadOptions {
  readonly needsMaxTokens: boolean;
}

/**
 * Reads what the gateway needs of a Messages request: one pass over the bytes, no document is built of it whatever its size.
 * Numbers, spacing and unknown members stay as the client wrote them.
 */
export function readMessagesRequest(
  body: Buffer,
  random: () => number,
  options: MessagesReadOptions = { needsMaxTokens: true },
): ReadMessagesRequest | { readonly problem: RequestProblem } {
  const media = new SourceMediaReader(body);
  const prompt = new PromptEstimator(body, (key) => settingKeys.has(key), random, media);
  const members = requestMembers(body, prompt);
  if ('problem' in members) return members;
  const read = new MessagesRequestReader(body, members, prompt).read(options);
  if ('problem' in read) return read;
  const isPrivate = media.addresses.some((url) => mediaAddressProblem('', url) !== null);
  const problem = isPrivate ? privateAddress(body) : null;
  return problem === null ? read : { problem };
}

/** Where the address stands: only a request that is refused is read for it. */
function privateAddress(body: Buffer): RequestProblem | null {
  const document = parsedJson(body.toString());
  const found = isRecord(document) ? firstPrivate(document['messages'], 'messages') : null;
  return found ?? (isRecord(document) ? null : brokenString);
}

function firstPrivate(value: unknown, path: string): RequestProblem | null {
  const entries: (readonly [string, unknown])[] = Array.isArray(value)
    ? value.map((one: unknown, index) => [`${path}[${index}]`, one] as const)
    : isRecord(value)
      ? Object.entries(value).map(([key, one]) => [`${path}.${key}`, one] as const)
      : [];
  for (const [at, one] of entries) {
    const isUrl = at.endsWith('.source.url') && typeof one === 'string';
    const found = isUrl ? mediaAddressProblem(at, one) : firstPrivate(one, at);
    if (found !== null) return found;
  }
  return null;
}

const brokenString: RequestProblem = {
  code: 'invalid_json',
  param: null,
  detail: 'a control character or a broken escape in a string',
  limit: null,
};

class MessagesRequestReader {
  private readonly parameters: ParameterReader;

  constructor(
    private readonly body: Buffer,
    private readonly members: RequestMembers,
    private readonly prompt: PromptEstimator,
  ) {
    this.parameters = new ParameterReader(body, members.byKey);
  }

  read({ needsMaxTokens }: MessagesReadOptions): ReadMessagesRequest | { readonly problem: RequestProblem } {
    const { parameters } = this;
    const model = parameters.requiredText('model', MODEL_CHARACTERS_MAX);
    if (needsMaxTokens) this.require('max_tokens');
    this.checkMessages();
    this.refuseThread();
    const tokens = this.maxTokens();
    const facts: CallFacts = {
      model,
      stream: parameters.flag('stream'),
      maxTokens: tokens === 0 ? 1 : tokens,
      choices: 1,
      endUser: this.endUser(),
      session: parameters.text256('session_id'),
      serviceTier: this.serviceTier(),
      models: parameters.texts('models', FALLBACK_MODELS_MAX),
      needs: this.needs(),
      estimatedTextTokens: this.prompt.tokens + PRIMING_TOKENS,
      media: this.prompt.media.facts,
      asksHourOfCache: this.prompt.saysHour,
      asksModalities: false,
      asksWebSearch: this.hasWebSearch(),
      units: null,
    };
    const splices = this.splices(tokens === 0);
    return parameters.problem === null ? { facts, splices } : { problem: parameters.problem };
  }

  private require(key: string): void {
    const member = this.parameters.member(key);
    if (member !== null && this.body[member.valueStart] !== NULL_START) return;
    this.parameters.problem ??= { code: 'missing_parameter', param: key, detail: 'it is missing', limit: null };
  }

  private checkMessages(): void {
    const { body, parameters } = this;
    const member = parameters.member('messages');
    if (member === null) {
      this.require('messages');
      return;
    }
    const first = skipSpace(body, member.valueStart + 1);
    const isList = body[member.valueStart] === OPEN_BRACKET;
    if (!isList || body[first] === CLOSE_BRACKET) parameters.refuse('messages', 'a list of at least one message');
    else if (body[first] !== OPEN_BRACE) parameters.refuse('messages', 'a list of objects');
  }

  /**
   * A conversation that the provider keeps lives at one provider under one credential; it could not fail over. Anthropic's
   * SDK sends the whole conversation once it is told (`error.details.error_code`).
   */
  private refuseThread(): void {
    const member = this.parameters.member('thread');
    if (member === null || this.body[member.valueStart] === NULL_START) return;
    const detail = 'threads are not kept here: send the whole conversation without it';
    this.parameters.problem ??= { code: 'unsupported_parameter', param: 'thread', detail, limit: null };
  }

  /** 0 fills the cache without an answer. */
  private maxTokens(): number | null {
    const value = this.parameters.value('max_tokens');
    if (value === undefined) return null;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
    this.parameters.refuse('max_tokens', 'a whole number from 0');
    return null;
  }

  /** `metadata.user_id`: Claude Code's is longer than what receipts keep. */
  private endUser(): string | null {
    const user = this.memberOf('metadata', 'user_id');
    const text = user === null ? null : parsedJson(this.body.toString('utf8', user.valueStart, user.end));
    return typeof text === 'string' ? text.slice(0, END_USER_CHARACTERS_MAX) : null;
  }

  /** Fast mode has a price of its own, as the usage tells it (MessagesUsageReader). */
  private serviceTier(): string | null {
    const tier = this.parameters.text256('service_tier');
    return this.parameters.value('speed') === 'fast' ? 'fast' : tier;
  }

  private needs(): CallNeed[] {
    const { images, files } = this.prompt.media.facts;
    const needs: CallNeed[] = [];
    if (this.hasTools()) needs.push('tools');
    if (images.length > 0) needs.push('images');
    if (this.hasFormat()) needs.push('structured-output');
    if (files > 0) needs.push('files');
    return needs;
  }

  private hasTools(): boolean {
    const member = this.parameters.member('tools');
    if (member === null || this.body[member.valueStart] === NULL_START) return false;
    if (this.body[member.valueStart] !== OPEN_BRACKET) this.parameters.refuse('tools', 'a list');
    return this.body[skipSpace(this.body, member.valueStart + 1)] !== CLOSE_BRACKET;
  }

  private hasFormat(): boolean {
    const format = this.memberOf('output_config', 'format') ?? this.parameters.member('output_format');
    return format !== null && this.body[format.valueStart] === OPEN_BRACE;
  }

  /** One of the tools is Anthropic's own search. */
  private hasWebSearch(): boolean {
    const member = this.parameters.member('tools');
    if (member === null || this.body[member.valueStart] !== OPEN_BRACKET) return false;
    for (const { start } of elementsOf(this.body, member.valueStart)) {
      const type = this.body[start] === OPEN_BRACE ? this.memberAt(start, 'type') : null;
      if (type !== null && this.body.toString('latin1', type.valueStart, type.end).startsWith('"web_search_'))
        return true;
    }
    return false;
  }

  private memberOf(parameter: string, key: string): MemberRange | null {
    const member = this.parameters.member(parameter);
    if (member === null || this.body[member.valueStart] !== OPEN_BRACE) return null;
    return this.memberAt(member.valueStart, key);
  }

  private memberAt(open: number, key: string): MemberRange | null {
    let found: MemberRange | null = null;
    for (const member of membersOf(this.body, open)) if (member.key === key) found = member;
    return found;
  }

  private splices(isPrewarming: boolean): MessagesSplices {
    const { parameters } = this;
    const absent: MemberRange = { start: 0, keyEnd: 0, valueStart: 0, end: 0 };
    return {
      model: parameters.member('model') ?? absent,
      maxTokens: parameters.member('max_tokens') ?? absent,
      isPrewarming,
      budget: this.memberOf('thinking', 'budget_tokens'),
      messages: parameters.member('messages') ?? absent,
      gateway: gatewayKeys.map((key) => parameters.member(key)).filter((member) => member !== null),
      members: this.members.all,
    };
  }
}
