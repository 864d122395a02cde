import { chatApi, mediaApi, messagesApi, quoteReplySchema, responsesApi, type ErrorCode } from '@apilink/contracts';
import { z } from 'zod';

import type { Operation } from './operation.domain.js';

/** What every call of a model can meet beside what every request can. */
const callErrors: readonly ErrorCode[] = [
  'invalid_json',
  'duplicate_key',
  'invalid_parameter',
  'missing_parameter',
  'unsupported_parameter',
  'context_length_exceeded',
  'upstream_refused',
  'insufficient_balance',
  'key_cap_exhausted',
  'model_not_allowed',
  'management_key',
  'workspace_budget_exhausted',
  'model_not_found',
  'model_unpriced',
  'body_too_large',
  'unsupported_media_type',
  'rate_limit_requests',
  'rate_limit_tokens',
  'rate_limit_concurrency',
  'server_is_overloaded',
  'upstream_cut',
  'upstream_timeout',
];

const call = { method: 'post', errors: callErrors, isCall: true } as const;
const MODEL = 'gpt-5.5';
const messages = [{ role: 'user', content: 'Say hello.' }];
const answer = (schema: z.ZodType | null, contentType?: string): Operation['answer'] => ({
  status: 200,
  description: 'The answer.',
  schema,
  ...(contentType === undefined ? {} : { contentType }),
});

const textCalls: readonly Operation[] = [
  {
    ...call,
    id: 'createChatCompletion',
    path: '/v1/chat/completions',
    tag: 'Chat',
    summary: 'Answer a conversation',
    description:
      'OpenAI’s chat completions, for every model. A stream ends with `data: [DONE]`, a broken one never does.',
    body: { schema: chatApi.chatRequestSchema, example: { model: MODEL, messages } },
    answer: answer(chatApi.chatAnswerSchema),
    event: chatApi.chatChunkSchema,
  },
  {
    ...call,
    id: 'createCompletion',
    path: '/v1/completions',
    tag: 'Chat',
    summary: 'Continue a text (legacy)',
    body: {
      schema: chatApi.completionRequestSchema,
      example: { model: MODEL, prompt: 'Once upon a time', max_tokens: 64 },
    },
    answer: answer(chatApi.completionAnswerSchema),
    event: chatApi.completionAnswerSchema,
  },
  {
    ...call,
    id: 'createMessage',
    path: '/v1/messages',
    tag: 'Messages',
    summary: 'Answer a conversation in Anthropic’s dialect',
    description: 'Anthropic’s Messages, for every model; `x-api-key` is read as well as `Authorization`.',
    body: { schema: messagesApi.messageRequestSchema, example: { model: MODEL, max_tokens: 256, messages } },
    answer: answer(messagesApi.messageAnswerSchema),
    event: messagesApi.messageEventSchema,
  },
  {
    ...call,
    id: 'countMessageTokens',
    path: '/v1/messages/count_tokens',
    tag: 'Messages',
    summary: 'Count the tokens of a request, without a charge',
    body: { schema: messagesApi.countTokensRequestSchema, example: { model: MODEL, messages } },
    answer: answer(messagesApi.countTokensAnswerSchema),
    isCall: false,
  },
  {
    ...call,
    id: 'generateContent',
    path: '/v1beta/models/{model}:generateContent',
    tag: 'Gemini',
    summary: 'Answer a conversation in Google’s dialect',
    description:
      '`x-goog-api-key` is read as well as `Authorization`. A model’s author is part of its name: `google/gemini-3-pro`.',
    pathParams: z.object({ model: z.string() }),
    body: {
      schema: mediaApi.geminiRequestSchema,
      example: { contents: [{ role: 'user', parts: [{ text: 'Say hello.' }] }] },
    },
    answer: answer(mediaApi.geminiAnswerSchema),
  },
  {
    ...call,
    id: 'streamGenerateContent',
    path: '/v1beta/models/{model}:streamGenerateContent',
    tag: 'Gemini',
    summary: 'The same as a stream',
    pathParams: z.object({ model: z.string() }),
    query: z.object({ alt: z.literal('sse').optional() }),
    body: {
      schema: mediaApi.geminiRequestSchema,
      example: { contents: [{ role: 'user', parts: [{ text: 'Say hello.' }] }] },
    },
    answer: answer(null, 'text/event-stream'),
    event: mediaApi.geminiAnswerSchema,
  },
];

const responseId = z.object({ response_id: z.string() });
const responseCalls: readonly Operation[] = [
  {
    ...call,
    id: 'createResponse',
    path: '/v1/responses',
    tag: 'Responses',
    summary: 'Create a response',
    description:
      'OpenAI’s Responses with its state, for every model. An empty balance is 429 `insufficient_quota` here.',
    body: { schema: responsesApi.responseRequestSchema, example: { model: MODEL, input: 'Say hello.' } },
    answer: answer(responsesApi.responseSchema),
    event: responsesApi.responseEventSchema,
  },
  {
    id: 'getResponse',
    method: 'get',
    path: '/v1/responses/{response_id}',
    tag: 'Responses',
    summary: 'A stored response',
    pathParams: responseId,
    answer: answer(responsesApi.responseSchema),
    errors: ['not_found'],
  },
  {
    id: 'deleteResponse',
    method: 'delete',
    path: '/v1/responses/{response_id}',
    tag: 'Responses',
    summary: 'Delete a stored response',
    pathParams: responseId,
    answer: answer(responsesApi.responseDeletedSchema),
    errors: ['not_found'],
  },
  {
    id: 'listResponseInputItems',
    method: 'get',
    path: '/v1/responses/{response_id}/input_items',
    tag: 'Responses',
    summary: 'What a stored response was asked',
    pathParams: responseId,
    query: z.object({
      limit: z.coerce.number().int().optional(),
      order: z.enum(['asc', 'desc']).optional(),
      after: z.string().optional(),
    }),
    answer: answer(responsesApi.inputItemListSchema),
    errors: ['not_found'],
  },
  {
    ...call,
    id: 'countResponseInputTokens',
    path: '/v1/responses/input_tokens',
    tag: 'Responses',
    summary: 'Count the tokens of a request, without a charge',
    body: { schema: responsesApi.inputTokensRequestSchema, example: { model: MODEL, input: 'Say hello.' } },
    answer: answer(responsesApi.inputTokensAnswerSchema),
    isCall: false,
  },
  {
    ...call,
    id: 'compactResponse',
    path: '/v1/responses/compact',
    tag: 'Responses',
    summary: 'Shorten a conversation',
    body: {
      schema: responsesApi.compactRequestSchema,
      example: { model: MODEL, input: [{ role: 'user', content: 'Hello.' }] },
    },
    answer: answer(responsesApi.compactAnswerSchema),
  },
];

const mediaCalls: readonly Operation[] = [
  {
    ...call,
    id: 'createEmbedding',
    path: '/v1/embeddings',
    tag: 'Embeddings and rerank',
    summary: 'Embed texts',
    body: { schema: mediaApi.embeddingRequestSchema, example: { model: 'text-embedding-3-small', input: ['Hello.'] } },
    answer: answer(mediaApi.embeddingAnswerSchema),
  },
  {
    ...call,
    id: 'rerank',
    path: '/v1/rerank',
    tag: 'Embeddings and rerank',
    summary: 'Order documents by a question',
    body: {
      schema: mediaApi.rerankRequestSchema,
      example: { model: 'rerank-v4', query: 'Capital of France?', documents: ['Berlin', 'Paris'] },
    },
    answer: answer(mediaApi.rerankAnswerSchema),
  },
  {
    ...call,
    id: 'createImage',
    path: '/v1/images/generations',
    tag: 'Images and audio',
    summary: 'Draw a picture',
    body: { schema: mediaApi.imageRequestSchema, example: { model: 'gpt-image-2', prompt: 'A lighthouse at dusk' } },
    answer: answer(mediaApi.imageAnswerSchema),
  },
  {
    ...call,
    id: 'editImage',
    path: '/v1/images/edits',
    tag: 'Images and audio',
    summary: 'Change a picture',
    body: {
      schema: mediaApi.imageEditRequestSchema,
      example: { model: 'gpt-image-2', prompt: 'Make it night', image: '@lighthouse.png' },
      contentType: 'multipart/form-data',
    },
    answer: answer(mediaApi.imageAnswerSchema),
  },
  {
    ...call,
    id: 'createSpeech',
    path: '/v1/audio/speech',
    tag: 'Images and audio',
    summary: 'Speak a text',
    body: {
      schema: mediaApi.speechRequestSchema,
      example: { model: 'gpt-4o-mini-tts', input: 'Hello.', voice: 'alloy' },
    },
    answer: answer(null, 'audio/mpeg'),
  },
  {
    ...call,
    id: 'createTranscription',
    path: '/v1/audio/transcriptions',
    tag: 'Images and audio',
    summary: 'Write down what is said',
    body: {
      schema: mediaApi.transcriptionRequestSchema,
      example: { model: 'gpt-4o-transcribe', file: '@hello.wav' },
      contentType: 'multipart/form-data',
    },
    answer: answer(mediaApi.transcriptionAnswerSchema),
  },
];

const quote: Operation = {
  ...call,
  id: 'quote',
  path: '/v1/quote',
  tag: 'Money',
  summary: 'What a call could cost, without making it',
  description: 'The body is that of the call; `for` names its path. Nothing is held, charged or sent to a provider.',
  query: z.object({ for: z.string().optional().meta({ description: 'Default: /v1/chat/completions.' }) }),
  body: { schema: chatApi.chatRequestSchema, example: { model: MODEL, messages, max_tokens: 500 } },
  answer: { status: 200, description: 'The quote.', schema: quoteReplySchema },
  isCall: false,
};

export const callOperations: readonly Operation[] = [...textCalls, ...responseCalls, ...mediaCalls, quote];
