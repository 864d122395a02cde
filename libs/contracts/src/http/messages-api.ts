import { z } from 'zod';

import { costFields, gatewayParameters, modelName } from './gateway-parameters.js';

const blocks = z.array(z.looseObject({ type: z.string() }));

const asked = {
  model: modelName,
  messages: z
    .array(z.looseObject({ role: z.enum(['user', 'assistant']), content: z.union([z.string(), blocks]) }))
    .min(1),
  system: z.union([z.string(), blocks]).optional(),
  tools: z.array(z.looseObject({ name: z.string() })).optional(),
  tool_choice: z.looseObject({ type: z.string() }).optional(),
  thinking: z.looseObject({ type: z.string() }).optional(),
};

export const messageRequestSchema = z
  .looseObject({
    ...asked,
    max_tokens: z.number().int().min(1),
    stream: z.boolean().optional(),
    temperature: z.number().min(0).max(1).optional(),
    top_p: z.number().optional(),
    stop_sequences: z.array(z.string()).optional(),
    metadata: z.looseObject({ user_id: z.string().nullable().optional() }).optional(),
    ...gatewayParameters,
  })
  .meta({ id: 'MessageRequest', description: 'Anthropic’s request, for every model.' });

export const messageAnswerSchema = z
  .looseObject({
    id: z.string(),
    type: z.literal('message'),
    role: z.literal('assistant'),
    model: z.string(),
    content: blocks,
    stop_reason: z.string().nullable(),
    stop_sequence: z.string().nullable(),
    usage: z.looseObject({ input_tokens: z.number().int(), output_tokens: z.number().int(), ...costFields }),
  })
  .meta({ id: 'MessageAnswer' });

export const messageEventSchema = z
  .looseObject({ type: z.string() })
  .meta({ id: 'MessageEvent', description: 'From `message_start` to `message_stop`; `ping` keeps the connection.' });

export const countTokensRequestSchema = z.looseObject(asked).meta({ id: 'CountTokensRequest' });
export const countTokensAnswerSchema = z.looseObject({ input_tokens: z.number().int() });
