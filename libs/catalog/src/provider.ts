import type { Dialect } from '@apilink/contracts';

/** How a provider treats what it is sent; what is assumed until a contract says better. */
export interface DataPolicy {
  readonly training: boolean;
  readonly retentionDays: number;
}

interface ProviderFacts {
  readonly id: string;
  readonly name: string;
}

/** A provider that we can call: with an API key, over a dialect that we know. */
export interface ServedProvider extends ProviderFacts {
  readonly kind: 'served';
  /** Null: it differs from installation to installation, and the variable `baseUrlVariable` says it. */
  readonly baseUrl: string | null;
  readonly baseUrlVariable: string | null;
  /** What the base URL speaks; an offer may speak less. */
  readonly dialects: readonly Dialect[];
  /** The environment variable with the API key; null where none is needed (the demo provider). */
  readonly keyVariable: string | null;
  /** How long the first token may take, ms. */
  readonly firstTokenMs: number;
  readonly dataPolicy: DataPolicy;
}

/** A provider whose offers and prices are known, and that cannot be called yet. */
export interface ListedProvider extends ProviderFacts {
  readonly kind: 'listed';
  /** Why, in words for `apilink catalog list`. */
  readonly reason: string;
}

export type CatalogProvider = ServedProvider | ListedProvider;

/** Reasoning models think before the first token; 12 s would cut them off. */
const REASONING_FIRST_TOKEN_MS = 60_000;
/** What is assumed of a provider until a contract says better: prompts are kept for a month. */
const assumedPolicy: DataPolicy = { training: false, retentionDays: 30 };

export const DEMO_PROVIDER_ID = 'demo';

type Access = readonly [baseUrl: string, keyVariable: string];

function served(
  id: string,
  name: string,
  [baseUrl, keyVariable]: Access,
  dialects: readonly Dialect[],
): ServedProvider {
  return {
    kind: 'served',
    id,
    name,
    baseUrl,
    baseUrlVariable: null,
    dialects,
    keyVariable,
    firstTokenMs: REASONING_FIRST_TOKEN_MS,
    dataPolicy: assumedPolicy,
  };
}

const demoDialects: readonly Dialect[] = [
  ...(['chat', 'responses', 'messages', 'gemini'] as const),
  ...(['embeddings', 'images', 'speech', 'transcriptions', 'rerank'] as const),
];

const demo: ServedProvider = {
  ...served(DEMO_PROVIDER_ID, 'Demo', ['', ''], demoDialects),
  baseUrl: null,
  baseUrlVariable: 'DEMO_PROVIDER_URL',
  keyVariable: null,
  firstTokenMs: 12_000,
  dataPolicy: { training: false, retentionDays: 0 },
};

/** A provider whose address holds an installation's own resource, region or project. */
function servedAt(baseUrlVariable: string, provider: ServedProvider): ServedProvider {
  return { ...provider, baseUrl: null, baseUrlVariable };
}

const azure = servedAt(
  'AZURE_OPENAI_BASE_URL',
  served('azure', 'Microsoft Azure', ['', 'AZURE_OPENAI_API_KEY'], ['chat', 'responses', 'embeddings']),
);
/** The region stands in the address, the other half of the key in AWS_SECRET_ACCESS_KEY (`CredentialStore`). */
const bedrock = servedAt(
  'BEDROCK_BASE_URL',
  served('bedrock', 'AWS Bedrock', ['', 'AWS_ACCESS_KEY_ID'], ['converse', 'messages', 'chat']),
);
/** Project and location stand in the address; the key is the path of a service account's document. */
const vertex = servedAt(
  'VERTEX_BASE_URL',
  served('vertex', 'Google Vertex AI', ['', 'GOOGLE_APPLICATION_CREDENTIALS'], ['gemini', 'messages', 'chat']),
);

const chat: readonly Dialect[] = ['chat'];

/** In the order of their ids, the demo provider first. Base URLs and variables: the providers' API references, November 2026. */
export const servedProviders: readonly ServedProvider[] = [
  demo,
  served('ant-ling', 'Ant Ling', ['https://api.ant-ling.com/v1', 'ANT_LING_API_KEY'], chat),
  served('anthropic', 'Anthropic', ['https://api.anthropic.com/v1', 'ANTHROPIC_API_KEY'], ['messages']),
  served('arcee', 'Arcee', ['https://api.arcee.ai/api/v1', 'ARCEE_API_KEY'], chat),
  served('avian', 'Avian', ['https://api.avian.io/v1', 'AVIAN_API_KEY'], chat),
  azure,
  served('baseten', 'Baseten', ['https://inference.baseten.co/v1', 'BASETEN_API_KEY'], chat),
  bedrock,
  served('cerebras', 'Cerebras', ['https://api.cerebras.ai/v1', 'CEREBRAS_API_KEY'], chat),
  served('cohere', 'Cohere', ['https://api.cohere.ai/compatibility/v1', 'COHERE_API_KEY'], ['chat', 'embeddings']),
  served(
    'dashscope',
    'Alibaba Model Studio',
    ['https://dashscope-intl.aliyuncs.com/compatible-mode/v1', 'DASHSCOPE_API_KEY'],
    ['chat', 'embeddings'],
  ),
  {
    ...served('deepseek', 'DeepSeek', ['https://api.deepseek.com/v1', 'DEEPSEEK_API_KEY'], chat),
    dataPolicy: { training: true, retentionDays: 30 },
  },
  served('doubleword', 'Doubleword', ['https://api.doubleword.ai/v1', 'DOUBLEWORD_API_KEY'], ['chat', 'embeddings']),
  served(
    'fireworks',
    'Fireworks',
    ['https://api.fireworks.ai/inference/v1', 'FIREWORKS_API_KEY'],
    ['chat', 'messages'],
  ),
  served(
    'google',
    'Google',
    ['https://generativelanguage.googleapis.com/v1beta/openai', 'GEMINI_API_KEY'],
    ['chat', 'embeddings', 'gemini'],
  ),
  served('groq', 'Groq', ['https://api.groq.com/openai/v1', 'GROQ_API_KEY'], ['chat', 'transcriptions']),
  served('huggingface', 'Hugging Face', ['https://router.huggingface.co/v1', 'HF_TOKEN'], chat),
  served('meta', 'Meta', ['https://api.meta.ai/v1', 'META_API_KEY'], ['responses']),
  served('minimax', 'MiniMax', ['https://api.minimax.io/v1', 'MINIMAX_API_KEY'], chat),
  served('mistral', 'Mistral', ['https://api.mistral.ai/v1', 'MISTRAL_API_KEY'], ['chat', 'embeddings']),
  served('moonshotai', 'Moonshot AI', ['https://api.moonshot.ai/v1', 'MOONSHOT_API_KEY'], chat),
  served('novita', 'Novita', ['https://api.novita.ai/v3/openai', 'NOVITA_API_KEY'], chat),
  served('nvidia', 'NVIDIA', ['https://integrate.api.nvidia.com/v1', 'NVIDIA_API_KEY'], chat),
  served(
    'openai',
    'OpenAI',
    ['https://api.openai.com/v1', 'OPENAI_API_KEY'],
    ['chat', 'responses', 'embeddings', 'images', 'speech', 'transcriptions'],
  ),
  served(
    'openrouter',
    'OpenRouter',
    ['https://openrouter.ai/api/v1', 'OPENROUTER_API_KEY'],
    ['chat', 'messages', 'embeddings'],
  ),
  served(
    'ovhcloud',
    'OVHcloud',
    ['https://oai.endpoints.kepler.ai.cloud.ovh.net/v1', 'OVH_AI_ENDPOINTS_ACCESS_TOKEN'],
    ['chat', 'embeddings'],
  ),
  served('perplexity', 'Perplexity', ['https://api.perplexity.ai', 'PERPLEXITY_API_KEY'], chat),
  served(
    'siliconflow',
    'SiliconFlow',
    ['https://api.siliconflow.com/v1', 'SILICONFLOW_API_KEY'],
    ['chat', 'embeddings', 'rerank'],
  ),
  served('together', 'Together AI', ['https://api.together.xyz/v1', 'TOGETHER_API_KEY'], chat),
  vertex,
  served('voyageai', 'Voyage AI', ['https://api.voyageai.com/v1', 'VOYAGE_API_KEY'], ['embeddings']),
  served('xai', 'xAI', ['https://api.x.ai/v1', 'XAI_API_KEY'], ['chat', 'responses']),
  served('xiaomi', 'Xiaomi', ['https://api.xiaomimimo.com/v1', 'XIAOMI_API_KEY'], chat),
  served('zai', 'Z.AI', ['https://api.z.ai/api/paas/v4', 'ZAI_API_KEY'], chat),
];

export const listedProviders: readonly ListedProvider[] = [
  {
    kind: 'listed',
    id: 'cloudflare',
    name: 'Cloudflare Workers AI',
    reason: 'its addresses hold an account: name it in apilink.yaml',
  },
];

export const catalogProviders: readonly CatalogProvider[] = [...servedProviders, ...listedProviders];
