import {
  creditsReplySchema,
  keyReplySchema,
  managementApi,
  modelsApi,
  receiptKeySetSchema,
  signedReceiptSchema,
} from '@apilink/contracts';
import { z } from 'zod';

import type { Operation } from './operation.domain.js';

const answer = (schema: z.ZodType | null, status = 200): Operation['answer'] => ({
  status,
  description: status === 201 ? 'It is created.' : 'What was asked for.',
  schema,
});

const get = { method: 'get', errors: [] } as const;
const models = { ...get, tag: 'Models' } as const;
const byName = { ...models, errors: ['model_not_found', 'model_unpriced'] } as const;
const id = z.object({ id: z.string() });
const slug = z.object({ author: z.string(), slug: z.string() });

const modelOperations: readonly Operation[] = [
  {
    ...models,
    id: 'listModels',
    path: '/v1/models',
    summary: 'The models that the key may call',
    description: 'One object for clients of OpenAI, OpenRouter, Anthropic and Codex. Ask again with `if-none-match`.',
    answer: answer(modelsApi.modelListSchema),
  },
  {
    ...models,
    id: 'listUserModels',
    path: '/v1/models/user',
    summary: 'The same, at OpenRouter’s name',
    answer: answer(modelsApi.modelListSchema),
  },
  {
    ...models,
    id: 'countModels',
    path: '/v1/models/count',
    summary: 'How many they are',
    answer: answer(modelsApi.modelCountSchema),
  },
  {
    ...byName,
    id: 'getModelByName',
    path: '/v1/models/{id}',
    summary: 'One model, by its name alone',
    pathParams: id,
    answer: answer(modelsApi.modelSchema),
  },
  {
    ...byName,
    id: 'getModel',
    path: '/v1/models/{author}/{slug}',
    summary: 'One model',
    pathParams: slug,
    answer: answer(modelsApi.modelSchema),
  },
  {
    ...byName,
    id: 'getModelEnveloped',
    path: '/v1/model/{author}/{slug}',
    summary: 'One model, as OpenRouter’s SDK asks it',
    pathParams: slug,
    answer: answer(modelsApi.modelEnvelopeSchema),
  },
  {
    ...byName,
    id: 'listModelEndpointsByName',
    path: '/v1/models/{id}/endpoints',
    summary: 'Who serves a model, by its name alone',
    pathParams: id,
    answer: answer(modelsApi.modelEndpointsSchema),
  },
  {
    ...byName,
    id: 'listModelEndpoints',
    path: '/v1/models/{author}/{slug}/endpoints',
    summary: 'Who serves a model, at which price and in what health',
    pathParams: slug,
    answer: answer(modelsApi.modelEndpointsSchema),
  },
  {
    ...models,
    id: 'listProviders',
    path: '/v1/providers',
    summary: 'Who serves something',
    answer: answer(modelsApi.providerListSchema),
  },
  {
    ...get,
    tag: 'Gemini',
    id: 'listGeminiModels',
    path: '/v1beta/models',
    summary: 'The models, as Google’s clients list them',
    answer: answer(modelsApi.geminiModelListSchema),
  },
  {
    ...byName,
    tag: 'Gemini',
    id: 'getGeminiModelByName',
    path: '/v1beta/models/{id}',
    summary: 'One model, by its name alone',
    pathParams: id,
    answer: answer(modelsApi.geminiModelSchema),
  },
  {
    ...byName,
    tag: 'Gemini',
    id: 'getGeminiModel',
    path: '/v1beta/models/{author}/{slug}',
    summary: 'One model',
    pathParams: slug,
    answer: answer(modelsApi.geminiModelSchema),
  },
];

const moneyOperations: readonly Operation[] = [
  {
    ...get,
    tag: 'Money',
    id: 'getKey',
    path: '/v1/key',
    summary: 'What the key spent and may still spend',
    answer: answer(keyReplySchema),
  },
  {
    ...get,
    tag: 'Money',
    id: 'getCredits',
    path: '/v1/credits',
    summary: 'The credit of the account',
    answer: answer(creditsReplySchema),
  },
  {
    ...get,
    tag: 'Money',
    id: 'getGeneration',
    path: '/v1/generation',
    summary: 'The receipt of one call',
    description:
      'For every key of the account, by the `x-generation-id` of an answer; final 2 s after it. It is signed.',
    query: z.object({ id: z.string() }),
    answer: answer(signedReceiptSchema),
    errors: ['generation_not_found', 'missing_parameter'],
  },
  {
    ...get,
    tag: 'Money',
    id: 'getReceiptKeys',
    path: '/.well-known/apilink-receipts',
    summary: 'The public keys of receipts',
    answer: answer(receiptKeySetSchema),
    isPublic: true,
  },
];

const key = { tag: 'Keys', errors: ['management_key_needed', 'not_found'] } as const;
const hash = z.object({ hash: z.string().meta({ description: 'The key’s id.' }) });

const keyOperations: readonly Operation[] = [
  {
    ...key,
    method: 'get',
    id: 'listKeys',
    path: '/api/v1/keys',
    summary: 'Keys of the account',
    description: 'For management keys; 100 at a time.',
    query: managementApi.keyListQuerySchema,
    answer: answer(managementApi.keyListReplySchema),
  },
  {
    ...key,
    method: 'post',
    id: 'createKey',
    path: '/api/v1/keys',
    summary: 'Create a key',
    description: 'The secret stands in this answer alone. A limit starts anew each day, week or month of the account.',
    body: { schema: managementApi.keyCreateRequestSchema, example: { name: 'ci', limit: 10, limit_reset: 'monthly' } },
    answer: answer(managementApi.keyCreatedReplySchema, 201),
    errors: ['management_key_needed', 'not_found', 'invalid_parameter', 'missing_parameter'],
  },
  {
    ...key,
    method: 'get',
    id: 'getManagedKey',
    path: '/api/v1/keys/{hash}',
    summary: 'One key',
    pathParams: hash,
    answer: answer(managementApi.keyFoundReplySchema),
  },
  {
    ...key,
    method: 'patch',
    id: 'updateKey',
    path: '/api/v1/keys/{hash}',
    summary: 'Change a key',
    pathParams: hash,
    body: { schema: managementApi.keyUpdateRequestSchema, example: { disabled: true } },
    answer: answer(managementApi.keyFoundReplySchema),
    errors: ['management_key_needed', 'not_found', 'invalid_parameter'],
  },
  {
    ...key,
    method: 'delete',
    id: 'deleteKey',
    path: '/api/v1/keys/{hash}',
    summary: 'End a key for ever',
    pathParams: hash,
    answer: answer(managementApi.keyDeletedReplySchema),
  },
  {
    ...key,
    method: 'get',
    id: 'getActivity',
    path: '/api/v1/activity',
    summary: 'What the account used, by day and model',
    query: managementApi.activityQuerySchema,
    answer: answer(managementApi.activityReplySchema),
    errors: ['management_key_needed', 'invalid_parameter'],
  },
];

const open = { ...get, tag: 'This API', isPublic: true } as const;
const openOperations: readonly Operation[] = [
  {
    ...open,
    id: 'hello',
    path: '/api/hello',
    summary: 'Whether somebody is there',
    description: '`HEAD` is answered as well.',
    answer: answer(z.object({ name: z.literal('ApiLink') })),
  },
  {
    ...open,
    id: 'getOpenApi',
    path: '/openapi.json',
    summary: 'This document',
    answer: { ...answer(z.looseObject({ openapi: z.string() })) },
  },
  {
    ...open,
    id: 'getDocs',
    path: '/docs',
    summary: 'The same to read',
    answer: { ...answer(null), contentType: 'text/html' },
  },
];

export const accountOperations: readonly Operation[] = [
  ...modelOperations,
  ...moneyOperations,
  ...keyOperations,
  ...openOperations,
];
