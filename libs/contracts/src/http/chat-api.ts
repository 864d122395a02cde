import { z } from 'zod';

import { costFields, gatewayParameters, modelName } from './gateway-parameters.js';

const toolCallSchema = z.looseObject({
  id: z.string(),
  type: z.literal('function'),
  function: z.object({ name: z.string(), arguments: z.string() }),
});

const messageSchema = z
  .looseObject({
    role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
    content: z
      .union([z.string(), z.array(z.looseObject({ type: z.string() }))])
      .nullable()
      .optional()
      .meta({ description: 'Text, or parts: text, image_url, input_audio, file.' }),
    tool_calls: z.array(toolCallSchema).optional(),
    tool_call_id: z.string().optional(),
  })
  .meta({ id: 'ChatMessage' });

const sampling = {
  max_tokens: z.number().int().min(1).optional(),
  max_completion_tokens: z.number().int().min(1).optional(),
  temperature: z.number().min(0).max(2).nullable().optional(),
  top_p: z.number().min(0).max(1).nullable().optional(),
  n: z.number().int().min(1).max(128).optional(),
  stop: z
    .union([z.string(), z.array(z.string())])
    .nullable()
    .optional(),
  seed: z.number().int().nullable().optional(),
  stream: z.boolean().nullable().optional(),
};

export const chatRequestSchema = z
  .looseObject({
    model: modelName,
    messages: z.array(messageSchema).min(1),
    ...sampling,
    stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullable().optional(),
    tools: z.array(z.looseObject({ type: z.string() })).optional(),
    tool_choice: z.union([z.string(), z.looseObject({})]).optional(),
    response_format: z.looseObject({ type: z.enum(['text', 'json_object', 'json_schema']) }).optional(),
    reasoning_effort: z.string().nullable().optional(),
    service_tier: z.string().nullable().optional(),
    ...gatewayParameters,
  })
  .meta({ id: 'ChatRequest', description: 'OpenAI’s request; what is not named here is sent on as it is.' });

const usageSchema = z
  .looseObject({
    prompt_tokens: z.number().int(),
    completion_tokens: z.number().int(),
    total_tokens: z.number().int(),
    ...costFields,
  })
  .meta({ id: 'ChatUsage' });

const answered = {
  id: z.string(),
  created: z.number().int(),
  model: z.string(),
  system_fingerprint: z.string().nullable(),
};

export const chatAnswerSchema = z
  .looseObject({
    ...answered,
    object: z.literal('chat.completion'),
    choices: z.array(
      z.looseObject({
        index: z.number().int(),
        message: z.looseObject({ role: z.literal('assistant'), content: z.string().nullable() }),
        finish_reason: z.string(),
        logprobs: z.looseObject({}).nullable(),
      }),
    ),
    usage: usageSchema,
  })
  .meta({ id: 'ChatAnswer' });

export const chatChunkSchema = z
  .looseObject({
    ...answered,
    object: z.literal('chat.completion.chunk'),
    choices: z.array(
      z.looseObject({
        index: z.number().int(),
        delta: z.looseObject({ content: z.string().nullable().optional() }),
        finish_reason: z.string().nullable(),
        logprobs: z.looseObject({}).nullable(),
      }),
    ),
    usage: usageSchema.nullable().optional(),
  })
  .meta({ id: 'ChatChunk', description: 'The data of one event; the stream ends with `[DONE]`.' });

/** The older `POST /v1/completions`. */
export const completionRequestSchema = z
  .looseObject({
    model: modelName,
    prompt: z.union([z.string(), z.array(z.string())]),
    ...sampling,
    suffix: z.string().nullable().optional(),
    echo: z.boolean().optional(),
    ...gatewayParameters,
  })
  .meta({ id: 'CompletionRequest' });

export const completionAnswerSchema = z
  .looseObject({
    id: z.string(),
    object: z.literal('text_completion'),
    created: z.number().int(),
    model: z.string(),
    choices: z.array(
      z.looseObject({ index: z.number().int(), text: z.string(), finish_reason: z.string().nullable() }),
    ),
    usage: usageSchema.optional(),
  })
  .meta({ id: 'CompletionAnswer' });
