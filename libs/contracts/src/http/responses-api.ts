import { z } from 'zod';

import { costFields, gatewayParameters, modelName } from './gateway-parameters.js';

const itemSchema = z.looseObject({ type: z.string().optional() }).meta({
  id: 'ResponseItem',
  description: 'A message, a call of a tool or its output, reasoning, or a reference to a stored item.',
});

const asked = {
  model: modelName,
  input: z.union([z.string(), z.array(itemSchema)]).optional(),
  instructions: z.string().nullable().optional(),
  previous_response_id: z
    .string()
    .nullable()
    .optional()
    .meta({ description: 'A stored response of the same account; its turns are put in front and billed as input.' }),
  tools: z.array(z.looseObject({ type: z.string() })).optional(),
  reasoning: z.looseObject({ effort: z.string().nullable().optional() }).nullable().optional(),
  text: z.looseObject({}).optional(),
};

export const responseRequestSchema = z
  .looseObject({
    ...asked,
    max_output_tokens: z.number().int().min(1).nullable().optional(),
    store: z.boolean().nullable().optional().meta({ description: 'Kept for 30 days, encrypted. Default: true.' }),
    stream: z.boolean().nullable().optional(),
    temperature: z.number().nullable().optional(),
    top_p: z.number().nullable().optional(),
    ...gatewayParameters,
  })
  .meta({ id: 'ResponseRequest', description: 'OpenAI’s request, for every model. `conversation` is not offered.' });

const usageSchema = z.looseObject({
  input_tokens: z.number().int(),
  input_tokens_details: z.looseObject({ cached_tokens: z.number().int() }),
  output_tokens: z.number().int(),
  output_tokens_details: z.looseObject({ reasoning_tokens: z.number().int() }),
  total_tokens: z.number().int(),
  ...costFields,
});

export const responseSchema = z
  .looseObject({
    id: z.string(),
    object: z.literal('response'),
    created_at: z.number(),
    status: z.enum(['completed', 'incomplete', 'failed', 'in_progress']),
    model: z.string(),
    output: z.array(itemSchema),
    previous_response_id: z.string().nullable(),
    error: z.looseObject({ code: z.string(), message: z.string() }).nullable(),
    incomplete_details: z.looseObject({ reason: z.string() }).nullable(),
    usage: usageSchema.nullable().optional(),
  })
  .meta({ id: 'Response' });

export const responseEventSchema = z.looseObject({ type: z.string(), sequence_number: z.number().int() }).meta({
  id: 'ResponseEvent',
  description: 'First `response.created`, last `response.completed`, `.incomplete` or `.failed`.',
});

export const responseDeletedSchema = z.looseObject({
  id: z.string(),
  object: z.literal('response'),
  deleted: z.literal(true),
});

export const inputItemListSchema = z.looseObject({
  object: z.literal('list'),
  data: z.array(itemSchema),
  first_id: z.string().nullable(),
  last_id: z.string().nullable(),
  has_more: z.boolean(),
});

export const inputTokensRequestSchema = z.looseObject(asked).meta({ id: 'InputTokensRequest' });
export const inputTokensAnswerSchema = z.looseObject({
  object: z.literal('response.input_tokens'),
  input_tokens: z.number().int(),
});

export const compactRequestSchema = z.looseObject(asked).meta({ id: 'CompactRequest' });
export const compactAnswerSchema = z.looseObject({ id: z.string(), object: z.string(), output: z.array(itemSchema) });
