import { z } from 'zod';

const price = z.string().meta({ description: 'USD per token, request, image or search: an exact decimal.' });
const pricingSchema = z
  .looseObject({
    prompt: price,
    completion: price,
    request: price,
    image: price,
    web_search: price,
    internal_reasoning: price,
    input_cache_read: price,
    input_cache_write: price,
  })
  .meta({ id: 'Pricing' });

const architectureSchema = z.looseObject({
  modality: z.string(),
  input_modalities: z.array(z.string()),
  output_modalities: z.array(z.string()),
  tokenizer: z.string(),
  instruct_type: z.null(),
});

/** One model as clients of OpenAI, OpenRouter and Anthropic read it. */
export const modelSchema = z
  .looseObject({
    id: z.string(),
    object: z.literal('model'),
    type: z.literal('model'),
    created: z.number().int(),
    created_at: z.iso.datetime(),
    owned_by: z.string(),
    name: z.string(),
    display_name: z.string(),
    description: z.string(),
    context_length: z.number().int(),
    architecture: architectureSchema,
    pricing: pricingSchema,
    top_provider: z.looseObject({ context_length: z.number().int(), max_completion_tokens: z.number().int() }),
    supported_parameters: z.array(z.string()),
  })
  .meta({ id: 'Model' });

export const modelListSchema = z
  .looseObject({
    object: z.literal('list'),
    data: z.array(modelSchema),
    models: z
      .array(z.looseObject({ slug: z.string() }))
      .meta({ description: 'The same for Codex, in the form of its catalog.' }),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
    has_more: z.literal(false),
    total_count: z.number().int(),
    links: z.looseObject({ next: z.null() }),
  })
  .meta({ id: 'ModelList' });

export const modelCountSchema = z.looseObject({ data: z.looseObject({ count: z.number().int() }) });
export const modelEnvelopeSchema = z.looseObject({ data: modelSchema });

const share = z.number().nullable().meta({ description: 'Percent; null without traffic.' });

export const modelEndpointsSchema = z
  .looseObject({
    data: z.looseObject({
      id: z.string(),
      name: z.string(),
      created: z.number().int(),
      description: z.string(),
      architecture: architectureSchema,
      endpoints: z.array(
        z.looseObject({
          name: z.string(),
          provider_name: z.string(),
          tag: z.string().meta({ description: 'What `provider.order` and `only` of a request name.' }),
          context_length: z.number().int(),
          max_completion_tokens: z.number().int(),
          pricing: pricingSchema,
          supported_parameters: z.array(z.string()),
          status: z.number().int().meta({ description: '0 well, -1 tried now and then, -2 not tried.' }),
          uptime_last_5m: share,
          uptime_last_30m: share,
        }),
      ),
    }),
  })
  .meta({ id: 'ModelEndpoints' });

export const providerListSchema = z
  .looseObject({ data: z.array(z.looseObject({ name: z.string(), slug: z.string() })) })
  .meta({ id: 'ProviderList' });

export const geminiModelSchema = z
  .looseObject({
    name: z.string(),
    displayName: z.string(),
    inputTokenLimit: z.number().int(),
    outputTokenLimit: z.number().int(),
    supportedGenerationMethods: z.array(z.string()),
  })
  .meta({ id: 'GeminiModel' });
export const geminiModelListSchema = z.looseObject({ models: z.array(geminiModelSchema) });

/** Errors in each form; see docs/errors.md. */
const metadataSchema = z.looseObject({ error_type: z.string(), request_id: z.string() });
export const openAiErrorSchema = z
  .looseObject({
    error: z.looseObject({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      code: z.string(),
      metadata: metadataSchema,
    }),
  })
  .meta({ id: 'Error' });
export const openRouterErrorSchema = z
  .looseObject({
    error: z.looseObject({ code: z.number().int(), message: z.string(), metadata: metadataSchema }),
  })
  .meta({ id: 'OpenRouterError' });
export const anthropicErrorSchema = z
  .looseObject({
    type: z.literal('error'),
    error: z.looseObject({ type: z.string(), message: z.string() }),
    request_id: z.string(),
  })
  .meta({ id: 'AnthropicError' });
export const googleErrorSchema = z
  .looseObject({
    error: z.looseObject({ code: z.number().int(), message: z.string(), status: z.string() }),
  })
  .meta({ id: 'GoogleError' });
