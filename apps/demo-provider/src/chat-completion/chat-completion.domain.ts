import { z } from 'zod';

import { answerLength, promptTokens, type PromptMessage } from '../answer/answer.domain.js';
import type { Scenario } from '../scenario/scenario.domain.js';

const contentSchema = z
  .union([z.string(), z.array(z.looseObject({ type: z.string(), text: z.string().optional() }))])
  .nullish();
const positive = z.number().int().min(1);

/** What the demo provider reads of a request; everything else is accepted and ignored, as real providers do. */
export const chatCompletionRequestSchema = z.looseObject({
  model: z.string().min(1).max(200),
  messages: z.array(z.looseObject({ role: z.string(), content: contentSchema })).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: positive.nullish(),
  max_completion_tokens: positive.nullish(),
  n: positive.max(128).nullish(),
  user: z.string().nullish(),
});
export type ChatCompletionRequest = z.output<typeof chatCompletionRequestSchema>;

export interface ChatUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details: { readonly cached_tokens: number; readonly audio_tokens: number };
  readonly completion_tokens_details: {
    readonly reasoning_tokens: number;
    readonly audio_tokens: number;
    readonly accepted_prediction_tokens: number;
    readonly rejected_prediction_tokens: number;
  };
}

/** An answer as it is meant to be, before any fault. */
export interface AnswerPlan {
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly messages: readonly PromptMessage[];
  readonly choices: number;
  /** Visible tokens of each choice. */
  readonly tokens: number;
  readonly finishReason: string | null;
  readonly usage: ChatUsage | null;
}

export function messagesOf(request: ChatCompletionRequest): readonly PromptMessage[] {
  return request.messages.map(({ role, content }) => ({
    role,
    text: typeof content === 'string' ? content : (content ?? []).map((part) => part.text ?? '').join(' '),
  }));
}

/** Length, finish reason and usage of the answer to a request. */
export function planAnswer(
  request: ChatCompletionRequest,
  scenario: Scenario,
  identity: { readonly id: string; readonly created: number },
): AnswerPlan {
  const messages = messagesOf(request);
  const wanted = scenario.tokens ?? answerLength(messages);
  const limit = request.max_completion_tokens ?? request.max_tokens ?? Number.POSITIVE_INFINITY;
  const visibleLimit = Math.max(0, limit - scenario.reasoningTokens);
  const tokens = Math.min(wanted, visibleLimit);
  const choices = request.n ?? 1;
  const ended = scenario.ending.kind === 'finish' ? scenario.ending.reason : 'stop';
  return {
    ...identity,
    model: request.model,
    messages,
    choices,
    tokens,
    finishReason: tokens < wanted ? 'length' : ended,
    usage: scenario.usage ? usageOf(messages, choices * tokens, choices, scenario) : null,
  };
}

function usageOf(messages: readonly PromptMessage[], visible: number, choices: number, scenario: Scenario): ChatUsage {
  const prompt = promptTokens(messages);
  const completion = scenario.reportedTokens ?? visible + choices * scenario.reasoningTokens;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: Math.min(scenario.cachedTokens, prompt), audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: choices * scenario.reasoningTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

type Delta = { readonly role?: 'assistant'; readonly content?: string };

/** One chunk of a stream, in the key order of OpenAI's. */
export function chunkEvent(
  plan: AnswerPlan,
  choice: { readonly index: number; readonly delta: Delta; readonly finishReason: string | null } | null,
  usage: 'absent' | 'null' | 'present',
): string {
  const chunk = {
    id: plan.id,
    object: 'chat.completion.chunk',
    created: plan.created,
    model: plan.model,
    service_tier: 'default',
    system_fingerprint: 'fp_demo',
    choices: choice
      ? [{ index: choice.index, delta: choice.delta, logprobs: null, finish_reason: choice.finishReason }]
      : [],
    ...(usage === 'absent' ? {} : { usage: usage === 'null' ? null : plan.usage }),
  };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

/** The answer when it is not streamed. */
export function wholeAnswer(plan: AnswerPlan, texts: readonly string[]): object {
  return {
    id: plan.id,
    object: 'chat.completion',
    created: plan.created,
    model: plan.model,
    choices: texts.map((content, index) => ({
      index,
      message: { role: 'assistant', content, refusal: null, annotations: [] },
      logprobs: null,
      finish_reason: plan.finishReason,
    })),
    ...(plan.usage ? { usage: plan.usage } : {}),
    service_tier: 'default',
    system_fingerprint: 'fp_demo',
  };
}
