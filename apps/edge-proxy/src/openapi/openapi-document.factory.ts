import {
  errorCatalogue,
  errorStatus,
  header,
  modelsApi,
  skinOf,
  type ErrorCode,
  type ErrorSkin,
} from '@apilink/contracts';
import { errorBody } from '@apilink/service';
import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';

import { accountOperations } from './account-operations.factory.js';
import { callOperations } from './call-operations.factory.js';
import { codeSamples, ORIGIN_PLACEHOLDER } from './code-sample.domain.js';
import type { Operation } from './operation.domain.js';

export const operations: readonly Operation[] = [...callOperations, ...accountOperations];

/** What every request with a key can meet. */
const everyError: readonly ErrorCode[] = [
  'missing_api_key',
  'malformed_api_key',
  'unknown_api_key',
  'revoked_api_key',
  'expired_api_key',
  'disabled_api_key',
  'account_suspended',
  'workspace_disabled',
  'rate_limit_address',
  'billing_unavailable',
  'shutting_down',
  'internal_error',
];

const INTRODUCTION = `One API for every model, in the dialect that a client already speaks: OpenAI's chat completions and
Responses, Anthropic's Messages, Google's generateContent. A key is sent as \`Authorization: Bearer …\`, \`x-api-key\` or
\`x-goog-api-key\`.

Every path below \`/v1\` is there below \`/api/v1\` too, in OpenRouter's form. Errors come in the form of their path; each
code says what to do next. Every answer carries \`x-request-id\`; a call carries \`x-generation-id\`, the id of its receipt.`;

/** The document of all operations that are served, OpenAPI 3.1. */
export function openApiDocument(serves: (operation: Operation) => boolean): object {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const operation of operations.filter(serves)) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: operationObject(operation) };
  }
  const document = {
    openapi: '3.1.1',
    info: { title: 'ApiLink', version: '1', description: INTRODUCTION },
    servers: [{ url: ORIGIN_PLACEHOLDER }],
    security: [{ bearer: [] }],
    paths,
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
  } satisfies ZodOpenApiObject;
  return createDocument(document, { override: ({ jsonSchema }) => withoutSafeBounds(jsonSchema) });
}

/** Zod bounds every integer by what a double holds exactly: true, and noise in a document. */
function withoutSafeBounds(schema: { minimum?: number; maximum?: number }): void {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}

function operationObject(operation: Operation): ZodOpenApiOperationObject {
  const { id, tag, summary, description, pathParams, query, body, isPublic } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(isPublic === true ? { security: [] } : {}),
    requestParams: {
      ...(pathParams === undefined ? {} : { path: pathParams }),
      ...(query === undefined ? {} : { query }),
      ...(operation.isCall === true ? { header: callHeaders } : {}),
    },
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { [body.contentType ?? 'application/json']: { schema: body.schema, example: body.example } },
          },
        }),
    responses: { ...answers(operation), ...errorAnswers(operation) },
    'x-codeSamples': codeSamples(operation),
  };
}

const callHeaders = z.object({
  'idempotency-key': z.string().optional().meta({
    description: 'The same key and body within 24 hours give the first answer again, without a second charge.',
  }),
});

function answers({ answer, event, isCall }: Operation): ZodOpenApiResponsesObject {
  const { status, description, schema, contentType = 'application/json' } = answer;
  const json =
    schema === null ? (answer.contentType === undefined ? {} : { [contentType]: {} }) : { [contentType]: { schema } };
  const stream = event === undefined ? {} : { 'text/event-stream': { schema: event } };
  return {
    [`${status}`]: {
      description,
      headers: isCall === true ? calledHeaders : answeredHeaders,
      content: { ...json, ...stream },
    },
  };
}

const text = (description: string) => z.string().optional().meta({ description });
const answeredHeaders = z.object({ [header.requestId]: z.string().meta({ description: 'Our id of the request.' }) });
const calledHeaders = answeredHeaders.extend({
  [header.generationId]: text('The id of the call’s receipt.'),
  [header.holdUsd]: text('What was set aside for the call, USD.'),
  [header.balanceRemainingUsd]: text('What is left of the balance after the hold, USD.'),
  [header.keyCapRemainingUsd]: text('What is left of the key’s caps after the hold, USD.'),
  [header.provider]: text('Who answered.'),
  [header.attempts]: text('How many were tried.'),
  [header.remainingRequests]: text('Requests that are left of the minute.'),
  [header.remainingTokens]: text('Tokens that are left of the minute.'),
});

function errorAnswers(operation: Operation): ZodOpenApiResponsesObject {
  const skin = skinOf(operation.path);
  const codes = [...new Set([...operation.errors, ...(operation.isPublic === true ? [] : everyError)])];
  const statuses = [...new Set(codes.map((code) => errorStatus(code, skin)))].toSorted((one, other) => one - other);
  return Object.fromEntries(
    statuses.map((status) => {
      const found = codes.filter((code) => errorStatus(code, skin) === status);
      return [`${status}`, errorAnswer(found, skin)] as const;
    }),
  );
}

function errorAnswer(codes: readonly ErrorCode[], skin: ErrorSkin) {
  const lines = codes.map((code) => `- \`${code}\`: ${errorCatalogue[code].message} ${errorCatalogue[code].remedy}`);
  const isLater = codes.some((code) => errorCatalogue[code].retryable);
  const examples = codes.map((code) => [code, { value: exampleOf(code, skin) }] as const);
  return {
    description: lines.join('\n'),
    headers: isLater ? laterHeaders : permanentHeaders,
    content: { 'application/json': { schema: errorSchemas[skin], examples: Object.fromEntries(examples) } },
  };
}

const laterHeaders = z.object({ [header.retryAfter]: text('Seconds to wait, at most 60.') });
const permanentHeaders = z.object({ [header.shouldRetry]: text('`false`: the same request fails again.') });

function exampleOf(code: ErrorCode, skin: ErrorSkin): unknown {
  const details = { param: 'max_tokens', detail: '…', limit: '…', available: '0.000000000', least: '0.000012000' };
  return JSON.parse(errorBody(code, { ...details, period: 'monthly' }, 'req_…', skin));
}

const errorSchemas: Readonly<Record<ErrorSkin, z.ZodType>> = {
  openai: modelsApi.openAiErrorSchema,
  responses: modelsApi.openAiErrorSchema,
  openrouter: modelsApi.openRouterErrorSchema,
  'openrouter-responses': modelsApi.openRouterErrorSchema,
  anthropic: modelsApi.anthropicErrorSchema,
  gemini: modelsApi.googleErrorSchema,
};
