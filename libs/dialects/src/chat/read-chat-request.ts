import { CLOSE_BRACKET, OPEN_BRACE, OPEN_BRACKET, skipSpace } from '../json/json-bytes.js';
import { membersOf } from '../json/json-members.js';
import type { ByteRange } from '../json/scan-document.js';
import { MediaReader } from '../tokens/media-reader.js';
import { PromptEstimator } from '../tokens/prompt-estimator.js';
import type { RequestProblem } from '../call/request-problem.js';
import type { CallNeed } from '../call/call.js';
import type { ChatRequest, ChatRequestReading, ChatSplices } from './chat-request.js';
import { gatewayKeys } from '../request/gateway-keys.js';
import { chatAddressProblem } from './chat-addresses.js';
import { ParameterReader } from '../request/parameter-reader.js';
import { readHiding } from './reasoning-parameter.js';
import { requestMembers, type RequestMembers } from '../request/request-members.js';

const MODEL_CHARACTERS_MAX = 200;
const CHOICES_MAX = 128;
const FALLBACK_MODELS_MAX = 16;

/** A `null` begins with it; nothing else does. */
const NULL_START = 0x6e;

/** Tokens with which a provider primes the answer. */
const PRIMING_TOKENS = 3;

/** Settings, not text that a model reads. A key that is not listed counts as prompt, so that nothing is left out. */
const settingKeys = new Set(
  [
    gatewayKeys,
    ['model', 'stream', 'stream_options', 'max_tokens', 'max_completion_tokens', 'n', 'user', 'service_tier'],
    ['temperature', 'top_p', 'top_k', 'min_p', 'top_a', 'presence_penalty', 'frequency_penalty', 'stop', 'seed'],
    ['repetition_penalty', 'logprobs', 'top_logprobs', 'logit_bias', 'metadata', 'store', 'parallel_tool_calls'],
    ['tool_choice', 'function_call', 'reasoning_effort', 'reasoning', 'verbosity', 'modalities', 'audio'],
    ['safety_identifier', 'prompt_cache_key', 'prompt_cache_retention', 'web_search_options'],
  ].flat(),
);

/**
 * Reads what the gateway needs of a chat request: one pass over the bytes, no document is built of it whatever its size.
 * Numbers, spacing and unknown members stay as the client wrote them.
 */
export function readChatRequest(body: Buffer, random: () => number = Math.random): ChatRequestReading {
  const media = new MediaReader(body);
  const prompt = new PromptEstimator(body, (key) => settingKeys.has(key), random, media);
  const members = requestMembers(body, prompt);
  if ('problem' in members) return members;
  const problem = media.hasDoubtfulAddress ? chatAddressProblem(body) : null;
  return problem === null ? new ChatRequestReader(body, members, prompt).read() : { problem };
}

class ChatRequestReader {
  private readonly parameters: ParameterReader;

  constructor(
    private readonly body: Buffer,
    private readonly members: RequestMembers,
    private readonly prompt: PromptEstimator,
  ) {
    this.parameters = new ParameterReader(body, members.byKey);
  }

  read(): ChatRequestReading {
    const { parameters } = this;
    const model = parameters.requiredText('model', MODEL_CHARACTERS_MAX);
    this.checkMessages();
    const { asked, range } = this.includeUsage();
    const request: ChatRequest = {
      model,
      stream: parameters.flag('stream'),
      includeUsage: asked,
      hidesReasoning: readHiding(parameters),
      ...this.outputLimit(),
      choices: parameters.count('n', CHOICES_MAX) ?? 1,
      endUser: parameters.text256('user'),
      session: parameters.text256('session_id'),
      serviceTier: parameters.text256('service_tier'),
      models: parameters.texts('models', FALLBACK_MODELS_MAX),
      provider: parameters.value('provider'),
      needs: this.needs(),
      estimatedTextTokens: this.prompt.tokens + PRIMING_TOKENS,
      media: this.prompt.media.facts,
      asksHourOfCache: this.prompt.saysHour,
      asksModalities: parameters.member('modalities') !== null,
      asksWebSearch: parameters.member('web_search_options') !== null,
      units: null,
    };
    const splices = this.splices(range);
    if (parameters.problem !== null) return { problem: parameters.problem };
    return splices === null ? { problem: missing('model') } : { request, splices };
  }

  private checkMessages(): void {
    const { body, parameters } = this;
    const member = parameters.member('messages');
    if (member === null) {
      parameters.problem ??= missing('messages');
      return;
    }
    const first = skipSpace(body, member.valueStart + 1);
    const isList = body[member.valueStart] === OPEN_BRACKET;
    if (!isList || body[first] === CLOSE_BRACKET) parameters.refuse('messages', 'a list of at least one message');
    else if (body[first] !== OPEN_BRACE) parameters.refuse('messages', 'a list of objects');
  }

  /** Both keys may stand there when they say the same; one of them must not be silently obeyed. */
  private outputLimit(): Pick<ChatRequest, 'maxTokens' | 'maxTokensKey'> {
    const { parameters } = this;
    const older = parameters.count('max_tokens', null);
    const newer = parameters.count('max_completion_tokens', null);
    if (older !== null && newer !== null && older !== newer) {
      parameters.refuse('max_tokens', `the same as max_completion_tokens (${newer}), or only one of them`);
    }
    if (newer !== null) return { maxTokens: newer, maxTokensKey: 'max_completion_tokens' };
    return { maxTokens: older, maxTokensKey: older === null ? null : 'max_tokens' };
  }

  private includeUsage(): { asked: boolean; range: ByteRange | null } {
    const { body, parameters } = this;
    const member = parameters.member('stream_options');
    const absent = { asked: false, range: null };
    if (member === null || body[member.valueStart] === NULL_START) return absent;
    if (body[member.valueStart] !== OPEN_BRACE) {
      parameters.refuse('stream_options', 'an object');
      return absent;
    }
    let found: { asked: boolean; range: ByteRange } | null = null;
    for (const { key, valueStart, end } of membersOf(body, member.valueStart)) {
      if (key !== 'include_usage') continue;
      const text = body.toString('latin1', valueStart, Math.min(end, valueStart + 6));
      const isClear = found === null && ['true', 'false', 'null'].includes(text);
      if (!isClear) parameters.refuse('stream_options', 'include_usage to be true or false, once');
      found = { asked: text === 'true', range: { start: valueStart, end } };
    }
    return found ?? absent;
  }

  private needs(): CallNeed[] {
    const { images, audios, files } = this.prompt.media.facts;
    const needs: CallNeed[] = [];
    if (this.isFilledList('tools') || this.isFilledList('functions')) needs.push('tools');
    if (images.length > 0) needs.push('images');
    if (this.hasFormat()) needs.push('structured-output');
    if (files > 0) needs.push('files');
    if (audios > 0) needs.push('audio');
    return needs;
  }

  private isFilledList(key: string): boolean {
    const member = this.parameters.member(key);
    if (member === null || this.parameters.problem !== null) return false;
    const { valueStart } = member;
    if (this.body[valueStart] === NULL_START) return false;
    if (this.body[valueStart] !== OPEN_BRACKET) this.parameters.refuse(key, 'a list');
    return this.body[skipSpace(this.body, valueStart + 1)] !== CLOSE_BRACKET;
  }

  /** `response_format` of any kind but `text`. */
  private hasFormat(): boolean {
    const member = this.parameters.member('response_format');
    if (member === null || this.body[member.valueStart] !== OPEN_BRACE) return false;
    for (const { key, valueStart, end } of membersOf(this.body, member.valueStart)) {
      if (key === 'type') return this.body.toString('latin1', valueStart, Math.min(end, valueStart + 7)) !== '"text"';
    }
    return false;
  }

  private splices(includeUsage: ByteRange | null): ChatSplices | null {
    const { parameters } = this;
    const model = parameters.member('model');
    if (model === null) return null;
    const limits = [parameters.member('max_tokens'), parameters.member('max_completion_tokens')];
    return {
      open: this.members.open,
      model,
      maxTokens: limits.filter((member) => member !== null),
      streamOptions: parameters.member('stream_options'),
      includeUsage,
      gateway: gatewayKeys.map((key) => parameters.member(key)).filter((member) => member !== null),
      members: this.members.all,
    };
  }
}

function missing(param: string): RequestProblem {
  return { code: 'missing_parameter', param, detail: 'it is missing', limit: null };
}
