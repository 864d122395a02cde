import { z } from 'zod';

/**
 * What ApiLink reads of a call beside the vendor's own parameters, and never sends on. Calls are read by the dialect's own
 * rules (`libs/dialects`), which keep every byte; these schemas are what is published of them at /openapi.json.
 */
export const gatewayParameters = {
  models: z
    .array(z.string())
    .optional()
    .meta({ description: 'Models to try in this order when no provider of `model` can answer.' }),
  provider: z
    .looseObject({
      order: z.array(z.string()).optional(),
      only: z.array(z.string()).optional(),
      ignore: z.array(z.string()).optional(),
      allow_fallbacks: z.boolean().optional(),
    })
    .optional()
    .meta({ description: 'Which providers may answer, by the `tag` of GET /v1/models/{author}/{slug}/endpoints.' }),
  session_id: z.string().optional().meta({ description: 'Groups requests in reports.' }),
};

export const modelName = z
  .string()
  .meta({ description: 'A model’s id, with or without its author: `openai/gpt-5.5` or `gpt-5.5`.' });

/** What an answer cost; in every `usage`. */
export const costFields = {
  cost: z.number().meta({ description: 'USD.' }),
  cost_nano_usd: z.string().meta({ description: 'The same to the nano-dollar.' }),
  cost_details: z.looseObject({
    cache_premium_absorbed: z
      .number()
      .meta({ description: 'USD of the provider’s premium for cache writes that were taken over.' }),
  }),
};
