import { z } from 'zod';

import { costFields, gatewayParameters, modelName } from './gateway-parameters.js';

/** Embeddings, rerank, images and audio: OpenAI's requests, and Cohere's for rerank. */
export const embeddingRequestSchema = z
  .looseObject({
    model: modelName,
    input: z
      .union([z.string(), z.array(z.string()), z.array(z.number().int()), z.array(z.array(z.number().int()))])
      .meta({ description: 'At most 2,048 inputs.' }),
    encoding_format: z.enum(['float', 'base64']).optional().meta({ description: 'base64: little-endian float32.' }),
    dimensions: z.number().int().min(1).optional(),
    ...gatewayParameters,
  })
  .meta({ id: 'EmbeddingRequest' });

export const embeddingAnswerSchema = z
  .looseObject({
    object: z.literal('list'),
    model: z.string(),
    data: z.array(
      z.looseObject({
        object: z.literal('embedding'),
        index: z.number().int(),
        embedding: z.union([z.array(z.number()), z.string()]),
      }),
    ),
    usage: z.looseObject({ prompt_tokens: z.number().int(), total_tokens: z.number().int(), ...costFields }),
  })
  .meta({ id: 'EmbeddingAnswer' });

export const rerankRequestSchema = z
  .looseObject({
    model: modelName,
    query: z.string(),
    documents: z.array(z.union([z.string(), z.looseObject({})])).min(1),
    top_n: z.number().int().min(1).optional(),
    ...gatewayParameters,
  })
  .meta({ id: 'RerankRequest' });

export const rerankAnswerSchema = z
  .looseObject({
    results: z.array(z.looseObject({ index: z.number().int(), relevance_score: z.number() })),
  })
  .meta({ id: 'RerankAnswer' });

const imageOptions = {
  model: modelName,
  prompt: z.string(),
  n: z.number().int().min(1).optional(),
  size: z.string().optional(),
  quality: z.string().optional(),
};

export const imageRequestSchema = z.looseObject({ ...imageOptions, ...gatewayParameters }).meta({ id: 'ImageRequest' });

const file = z.string().meta({ override: { type: 'string', format: 'binary' }, description: 'A file.' });

export const imageEditRequestSchema = z
  .looseObject({ ...imageOptions, image: file, mask: file.optional() })
  .meta({ id: 'ImageEditRequest' });

export const imageAnswerSchema = z
  .looseObject({
    created: z.number().int(),
    data: z.array(z.looseObject({ b64_json: z.string().optional(), url: z.string().optional() })),
    usage: z.looseObject(costFields).optional(),
  })
  .meta({ id: 'ImageAnswer' });

export const speechRequestSchema = z
  .looseObject({
    model: modelName,
    input: z.string(),
    voice: z.union([z.string(), z.looseObject({})]),
    response_format: z.string().optional(),
    speed: z.number().optional(),
  })
  .meta({ id: 'SpeechRequest' });

export const transcriptionRequestSchema = z
  .looseObject({
    model: modelName,
    file,
    language: z.string().optional(),
    response_format: z.string().optional(),
    stream: z.boolean().optional(),
  })
  .meta({ id: 'TranscriptionRequest' });

export const transcriptionAnswerSchema = z
  .looseObject({ text: z.string(), usage: z.looseObject({}).optional() })
  .meta({ id: 'TranscriptionAnswer' });

const parts = z.array(z.looseObject({}));
const contentSchema = z.looseObject({ role: z.string().optional(), parts: parts.optional() });

/** Google's `generateContent`. */
export const geminiRequestSchema = z
  .looseObject({
    contents: z.array(contentSchema).min(1),
    systemInstruction: contentSchema.optional(),
    tools: parts.optional(),
    generationConfig: z.looseObject({ maxOutputTokens: z.number().int().optional() }).optional(),
  })
  .meta({ id: 'GeminiRequest' });

export const geminiAnswerSchema = z
  .looseObject({
    candidates: z.array(z.looseObject({ content: contentSchema.optional(), finishReason: z.string().optional() })),
    usageMetadata: z.looseObject({ promptTokenCount: z.number().int() }),
    modelVersion: z.string().optional(),
  })
  .meta({ id: 'GeminiAnswer' });
