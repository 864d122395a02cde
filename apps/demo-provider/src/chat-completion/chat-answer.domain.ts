import {
  closing,
  opening,
  SSE,
  token,
  TOLD_TO_FAIL,
  type ProviderError,
  type Speech,
  type StreamPiece,
  type TurnDialect,
} from '../turn/turn-dialect.domain.js';
import {
  joined,
  type Finish,
  type PlannedChoice,
  type PlannedPart,
  type PlannedUsage,
  type TurnPlan,
} from '../turn/turn-plan.domain.js';

interface ChatWishes {
  readonly includeUsage: boolean;
  readonly logprobs: boolean;
}

const finishReasons: Readonly<Record<Exclude<Finish, null>, string>> = {
  stop: 'stop',
  length: 'length',
  calls: 'tool_calls',
  filtered: 'content_filter',
};
const reasonOf = (finish: Finish): string | null => (finish === null ? null : finishReasons[finish]);
/** The letters in front of this dialect's ids. */
const ID = 'chatcmpl-';

export const chatDialect: TurnDialect = {
  name: 'chat',
  errorBody: ({ message, code, param, status }: ProviderError) => ({
    error: { message, type: status < 500 && code !== null ? 'invalid_request_error' : 'server_error', param, code },
  }),
};

/** OpenAI's chat completions, with `reasoning_content` and `reasoning` where it is shown. */
export function chatSpeech(wishes: ChatWishes): Speech {
  return {
    contentType: SSE,
    pieces: (plan) => pieces(plan, wishes),
    whole: (plan) => whole(plan, wishes),
    errorEvent: () =>
      `data: ${JSON.stringify({
        error: { message: TOLD_TO_FAIL, type: 'server_error', param: null, code: 'server_error' },
      })}\n\n`,
    malformedEvent: 'data: {"id":"chatcmpl-broken","choices":[{"index":0,"delta":{"content":\n\n',
  };
}

/** All choices advance together. */
function* pieces(plan: TurnPlan, wishes: ChatWishes): Generator<StreamPiece, void> {
  const chunk = (choices: readonly object[], usage: object | null = null): string => {
    const withUsage = wishes.includeUsage && plan.usage !== null ? { usage } : {};
    return `data: ${JSON.stringify({ ...frame(plan, 'chat.completion.chunk'), choices, ...withUsage })}\n\n`;
  };
  const choiceChunk = (index: number, delta: object, finish: string | null = null, logprobs: object | null = null) =>
    chunk([{ index, delta, logprobs, finish_reason: finish }]);

  for (const { index } of plan.choices) yield opening(choiceChunk(index, { role: 'assistant', content: '' }));
  const running = plan.choices.map((choice) => ({ choice, deltas: deltasOf(choice, plan.reasoningShown) }));
  for (let advanced = true; advanced;) {
    advanced = false;
    for (const { choice, deltas } of running) {
      const { done, value } = deltas.next();
      if (done === true) continue;
      advanced = true;
      const { delta, text, isToken } = value;
      const logprobs = wishes.logprobs && text !== null ? { content: [logprobOf(text)], refusal: null } : null;
      const written = choiceChunk(choice.index, delta, null, logprobs);
      yield isToken ? token(written, choice.index === 0) : opening(written);
    }
  }
  yield closing('');
  for (const { index, finish } of plan.choices)
    if (finish !== null) yield closing(choiceChunk(index, {}, reasonOf(finish)));
  if (wishes.includeUsage && plan.usage !== null) yield closing(chunk([], usageOf(plan.usage)));
  if (plan.done) yield closing('data: [DONE]\n\n');
}

interface ChatDelta {
  readonly delta: object;
  /** What it adds to the content; null = nothing. */
  readonly text: string | null;
  readonly isToken: boolean;
}

function* deltasOf({ parts }: PlannedChoice, reasoningShown: boolean): Generator<ChatDelta, void> {
  let calls = 0;
  for (const part of parts) {
    if (part.kind === 'reasoning') {
      if (!reasoningShown) continue;
      for (const text of part.tokens()) yield { delta: shownReasoning(text), text: null, isToken: true };
    } else if (part.kind === 'text') {
      for (const text of part.tokens()) yield { delta: { content: text }, text, isToken: true };
    } else {
      const index = calls++;
      yield { delta: { tool_calls: [{ index, ...callOf(part, '') }] }, text: null, isToken: false };
      const more = (text: string): object =>
        part.tool.kind === 'custom' ? { custom: { input: text } } : { function: { arguments: text } };
      for (const text of part.tokens())
        yield { delta: { tool_calls: [{ index, ...more(text) }] }, text: null, isToken: true };
    }
  }
}

function callOf({ id, tool }: Extract<PlannedPart, { kind: 'call' }>, input: string): object {
  if (tool.kind === 'custom') return { id: `call_${id}`, type: 'custom', custom: { name: tool.name, input } };
  return { id: `call_${id}`, type: 'function', function: { name: tool.name, arguments: input } };
}

function frame(plan: TurnPlan, object: string): object {
  return {
    id: `${ID}${plan.id}`,
    object,
    created: plan.created,
    model: plan.model,
    service_tier: 'default',
    system_fingerprint: 'fp_demo',
  };
}

function whole(plan: TurnPlan, wishes: ChatWishes): object {
  const choices = plan.choices.map((choice) => {
    const texts = choice.parts.filter(({ kind }) => kind === 'text');
    const calls = choice.parts.filter((part) => part.kind === 'call').map((part) => callOf(part, joined(part)));
    const reasoning = choice.parts.filter(({ kind }) => kind === 'reasoning' && plan.reasoningShown);
    return {
      index: choice.index,
      message: {
        role: 'assistant',
        content: texts.length === 0 && calls.length > 0 ? null : texts.map(joined).join(''),
        ...(reasoning.length > 0 ? shownReasoning(reasoning.map(joined).join('')) : {}),
        refusal: null,
        annotations: [],
        ...(calls.length > 0 ? { tool_calls: calls } : {}),
      },
      logprobs: wishes.logprobs
        ? { content: texts.flatMap((part) => [...part.tokens()].map(logprobOf)), refusal: null }
        : null,
      finish_reason: reasonOf(choice.finish),
    };
  });
  return { ...frame(plan, 'chat.completion'), choices, ...(plan.usage ? { usage: usageOf(plan.usage) } : {}) };
}

/** Under both names by which clients look for it. */
function shownReasoning(text: string): object {
  return { reasoning_content: text, reasoning: text };
}

/** Of a token that was sure. */
function logprobOf(text: string): object {
  return { token: text, logprob: -0.01, bytes: [...Buffer.from(text)], top_logprobs: [] };
}

function usageOf({ input, cached, cacheWrite, output, reasoning }: PlannedUsage): object {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: {
      cached_tokens: cached,
      audio_tokens: 0,
      ...(cacheWrite > 0 ? { cache_write_tokens: cacheWrite } : {}),
    },
    completion_tokens_details: {
      reasoning_tokens: reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
