import { usdNumber } from '@apilink/money';

import type { AnswerClosing } from '../call/answer-closing.js';
import type { AnswerStream, WholeAnswer, WrittenAnswer } from '../call/answer-stream.js';
import type { Call, CallFace, CallReading, CallRequest, CallSource, CallTarget, StreamError } from '../call/call.js';
import type { RequestProblem } from '../call/request-problem.js';
import { editChatAnswer, readChatAnswer } from './chat-answer.js';
import type { ChatRequest, ChatSplices } from './chat-request.js';
import { ChatStreamMeter } from './chat-stream-meter.js';
import { CHAT_KEEP_ALIVE, writeChatErrorChunk, writeChatErrorEvent } from './chat-stream-writer.js';
import { readChatRequest } from './read-chat-request.js';
import { spliceChatRequest } from './splice-chat-request.js';

/** A chat call to endpoints that speak chat. */
class ChatCall implements Call {
  readonly spoken = ['chat'] as const;
  private meter: ChatStreamMeter | null = null;

  constructor(
    private readonly body: Buffer,
    readonly facts: ChatRequest,
    private readonly splices: ChatSplices,
  ) {}

  problemFor(): RequestProblem | null {
    return null;
  }

  request({ model, maxTokens, traits }: CallTarget): CallRequest {
    const { maxTokensKey } = traits;
    const changes = { model, includeUsage: this.facts.stream, maxTokens, maxTokensKey };
    return {
      body: spliceChatRequest(this.body, this.splices, changes),
      contentType: 'application/json',
      headers: [],
    };
  }

  openStream({ traits }: CallTarget, { model, standIn }: CallFace): AnswerStream {
    const { includeUsage, choices } = this.facts;
    const id = this.meter?.id ?? null;
    this.meter = new ChatStreamMeter({ model, id, standIn, includeUsage, choices, quirks: traits });
    return this.meter;
  }

  readAnswer(body: Buffer, { traits }: CallTarget, { model }: CallFace): WholeAnswer {
    const read = readChatAnswer(body, traits);
    const { failure, usage, usageProblem, finishReason, isEmpty, serviceTier } = read;
    return {
      isAnswer: read.isChatAnswer,
      failure,
      usage,
      usageProblem,
      finishReason,
      isEmpty,
      serviceTier,
      get outputTokens() {
        return read.outputTokens;
      },
      write: (closing, keepsUsage) => ({
        contentType: 'application/json',
        body: editChatAnswer(body, { model, keepsUsage, closing }),
      }),
    };
  }

  keepAlive(): Buffer {
    return CHAT_KEEP_ALIVE;
  }

  brokenStream({ message, type, status, code }: StreamError, { model, standIn, skin }: CallFace): Buffer {
    const error = { message, type, code: status, errorType: code };
    if (skin === 'own') return writeChatErrorEvent(error);
    const { createdSeconds } = standIn;
    return writeChatErrorChunk(error, { id: this.meter?.id ?? standIn.id, createdSeconds, model });
  }

  exhausted({ usage, cost }: AnswerClosing, { model, standIn }: CallFace): WrittenAnswer {
    const choices = Array.from({ length: this.facts.choices }, (_unused, index) => ({
      index,
      message: { role: 'assistant', content: '', refusal: null },
      logprobs: null,
      finish_reason: 'length',
    }));
    const answer = {
      id: standIn.id,
      object: 'chat.completion',
      created: standIn.createdSeconds,
      model,
      system_fingerprint: null,
      choices,
      usage: {
        prompt_tokens: usage.input,
        completion_tokens: usage.output,
        total_tokens: usage.input + usage.output,
        cost: usdNumber(cost.totalNanoUsd),
        cost_nano_usd: cost.totalNanoUsd.toString(),
        cost_details: {
          upstream_inference_prompt_cost: usdNumber(cost.promptNanoUsd),
          upstream_inference_completions_cost: usdNumber(cost.completionsNanoUsd),
          cache_premium_absorbed: usdNumber(cost.cachePremiumAbsorbedNanoUsd),
        },
      },
    };
    return { contentType: 'application/json', body: Buffer.from(JSON.stringify(answer)) };
  }
}

export function readChatCall({ body, random }: CallSource): CallReading {
  const reading = readChatRequest(body, random);
  return 'problem' in reading ? reading : { call: new ChatCall(body, reading.request, reading.splices) };
}
