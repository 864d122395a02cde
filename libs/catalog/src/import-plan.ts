import type { Dialect } from '@apilink/contracts';

/** A model that the packages price without saying what it is for: it is no chat model, so its dialect stands here. */
export interface SpecialModel {
  readonly id: string;
  readonly dialect: Dialect;
}

/** Where the offers of one of our providers come from. */
export interface ImportPlan {
  /** Our provider's id (`provider.ts`). */
  readonly provider: string;
  /** The provider's ids in genai-prices, in the order in which a price is sought. */
  readonly genai: readonly string[];
  /**
   * Its id in pi-ai, null where that package does not have it. Where it does, it says which chat models are sold now;
   * genai-prices also keeps prices of models that are gone.
   */
  readonly piAi: string | null;
  /** Whose models they are where the name does not tell. */
  readonly author: string | null;
  /** What a chat model of this provider speaks. */
  readonly dialects: (id: string) => readonly Dialect[];
  readonly special?: readonly SpecialModel[];
  /** How the provider's API wants a name that a package shortens. */
  readonly upstreamModel?: (id: string) => string;
  /** Takes only these models from the packages. */
  readonly only?: RegExp;
}

const chat = (): readonly Dialect[] => ['chat'];

function plan(
  provider: string,
  { genai = [provider], piAi = provider, ...more }: Partial<ImportPlan> = {},
): ImportPlan {
  return { provider, genai, piAi, author: null, dialects: chat, ...more };
}

/** OpenAI offers its largest reasoning models and its agents' models over the responses API alone. */
function openAiDialects(id: string): readonly Dialect[] {
  return /-pro$|codex|deep-research|computer-use/.test(id) ? ['responses'] : ['chat', 'responses'];
}

/** Claude takes Anthropic's own bodies there, too. */
function bedrockDialects(id: string): readonly Dialect[] {
  return id.includes('anthropic.') ? ['messages', 'converse'] : ['converse'];
}

const special = (dialect: Dialect, ...ids: string[]): SpecialModel[] => ids.map((id) => ({ id, dialect }));

/**
 * Left out on purpose, because a frozen price would not be theirs: OpenRouter, Vercel AI Gateway, opencode, Radius,
 * QuickSilver Pro (they route on to others), GitHub Copilot, Cursor, Codex, the coding and token plans (sold by the seat),
 * Cloudflare (addresses hold an account), Modal (addresses hold a deployment).
 */
export const importPlans: readonly ImportPlan[] = [
  plan('ant-ling', { genai: [], author: 'inclusionai' }),
  plan('anthropic', { author: 'anthropic', dialects: () => ['messages'] }),
  plan('arcee', { piAi: null, author: 'arcee-ai' }),
  plan('avian', { piAi: null }),
  // The package itself sends a name that Azure does not price to OpenAI's list.
  plan('azure', { genai: ['azure', 'openai', 'deepseek'], author: 'openai', dialects: openAiDialects }),
  plan('baseten'),
  plan('bedrock', {
    genai: ['aws'],
    piAi: 'amazon-bedrock',
    dialects: bedrockDialects,
    only: /^(global|us)\.|^[a-z]+\.[a-z]/,
  }),
  plan('cerebras'),
  plan('cohere', {
    piAi: null,
    author: 'cohere',
    only: /^command-(a|r)|^c4ai/,
    special: special('embeddings', 'embed-v4.0'),
  }),
  plan('deepseek', { author: 'deepseek' }),
  plan('doubleword', { piAi: null, special: special('embeddings', 'Qwen/Qwen3-Embedding-8B') }),
  plan('fireworks', {
    author: 'fireworks',
    dialects: () => ['chat', 'messages'],
    upstreamModel: (id) => (id.includes('/') ? id : `accounts/fireworks/models/${id}`),
  }),
  plan('google', {
    author: 'google',
    dialects: () => ['chat', 'gemini'],
    special: special('embeddings', 'gemini-embedding-001'),
  }),
  plan('groq', { special: special('transcriptions', 'whisper-large-v3', 'whisper-large-v3-turbo') }),
  plan('meta', { genai: [], author: 'meta', dialects: () => ['responses'] }),
  plan('minimax', { author: 'minimax' }),
  plan('mistral', { author: 'mistralai', special: special('embeddings', 'mistral-embed') }),
  plan('moonshotai', { author: 'moonshotai' }),
  plan('novita', { piAi: null }),
  plan('nvidia', { genai: [], author: 'nvidia' }),
  plan('openai', {
    author: 'openai',
    dialects: openAiDialects,
    special: [
      ...special('embeddings', 'text-embedding-3-large', 'text-embedding-3-small', 'text-embedding-ada-002'),
      ...special('images', 'gpt-image-1', 'gpt-image-1-mini', 'gpt-image-1.5', 'gpt-image-2'),
      ...special('speech', 'gpt-4o-mini-tts'),
      ...special('transcriptions', 'whisper-1', 'gpt-4o-transcribe', 'gpt-4o-mini-transcribe', 'gpt-transcribe'),
    ],
  }),
  plan('ovhcloud', {
    piAi: null,
    special: special('embeddings', 'bge-base-en-v1.5', 'bge-m3', 'bge-multilingual-gemma2'),
  }),
  plan('perplexity', { piAi: null, author: 'perplexity', only: /^sonar(-pro|-deep-research|-reasoning-pro)?$/ }),
  plan('together'),
  plan('vertex', { genai: ['google'], piAi: 'google-vertex', author: 'google', dialects: () => ['gemini'] }),
  plan('voyageai', { piAi: null, author: 'voyageai', dialects: () => ['embeddings'] }),
  plan('xai', { genai: ['x-ai'], author: 'x-ai', dialects: () => ['chat', 'responses'] }),
  plan('xiaomi', { genai: [], author: 'xiaomi' }),
  plan('zai', { genai: ['zai', 'zhipuai'], author: 'z-ai' }),
];

/** Hugging Face routes on, but a name with `:partner` pins the partner, and with it the price. */
export const HUGGING_FACE = { provider: 'huggingface', piAi: 'huggingface', genaiPrefix: 'huggingface_' } as const;

/** Names that mean another model tomorrow, runs that may be taken away, and what is not called by a chat's name. */
export const leftOut = /(^|[-/])(latest|spot)$|^chat-latest$|deep-research-(max-)?preview|-contributor$|:free$/;
