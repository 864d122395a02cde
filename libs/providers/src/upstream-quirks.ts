import type { EndpointTraits } from '@apilink/dialects';

/**
 * How a provider's chat endpoint is told to think. A client says it as `reasoning_effort` (OpenAI) or `reasoning`
 * (OpenRouter); each row of the table names the one way that its provider understands.
 * - `effort`: `reasoning_effort`, a word.
 * - `effort_or_off`: the same, but "not at all" is said as `thinking: {type: "disabled"}`.
 * - `thinking`: `thinking: {type: "enabled" | "disabled"}`, no degrees.
 * - `enable_thinking`: `enable_thinking: true | false` beside `thinking_budget`, tokens.
 * - `enabled`: `reasoning_effort`, but "not at all" is said as `reasoning: {enabled: false}`.
 * - `reasoning`: OpenRouter's own object, untouched.
 */
export type ThinkingSwitch = 'effort' | 'effort_or_off' | 'thinking' | 'enable_thinking' | 'enabled' | 'reasoning';

/** What an OpenAI-compatible provider does differently, as data. */
export interface UpstreamQuirks extends EndpointTraits {
  readonly thinking: ThinkingSwitch;
  /** Parameters of chat that have another name there. */
  readonly renamed: Readonly<Record<string, string>>;
  /** Parameters of chat that it refuses though an answer is the same without them (who asks, what is stored or told). */
  readonly omitted: readonly string[];
  /** Parameters of chat that it is told unless the client says them itself, as JSON. */
  readonly added: Readonly<Record<string, string>>;
  /** It knows no `developer` messages; `system` ones mean the same. */
  readonly systemRoleOnly: boolean;
}

const none: UpstreamQuirks = {
  reasoningExcluded: false,
  reasoningUntold: false,
  oneSearchPerPrompt: false,
  maxTokensKey: null,
  thinking: 'effort',
  renamed: {},
  omitted: [],
  added: {},
  systemRoleOnly: false,
};

interface QuirkRow {
  /** The id of the provider, and where its API is: the same upstream under another id has the same traits. */
  readonly provider: string;
  readonly origins: readonly string[];
  /** The upstream's names of the models that it is about; without it all. */
  readonly model?: RegExp;
  readonly quirks: UpstreamQuirks;
}

const gemini = ['https://generativelanguage.googleapis.com/'];
/** Grounding is sold by the prompt up to Gemini 2.5, by the query from 3 on (Gemini API pricing). */
const geminiBefore3 = /gemini-(?:1|2)/;
const openAiReasoning = /^(?:o\d|gpt-[5-9])/;

/** The first row that fits counts. Sources: the providers' API references, read November 2026, and what is noted beside. */
const rows: readonly QuirkRow[] = [
  {
    provider: 'openai',
    origins: ['https://api.openai.com/'],
    model: openAiReasoning,
    quirks: { ...none, maxTokensKey: 'max_completion_tokens' },
  },
  // The model is the deployment's name, which most people give after the model.
  {
    provider: 'azure',
    origins: [],
    model: openAiReasoning,
    quirks: { ...none, maxTokensKey: 'max_completion_tokens' },
  },
  { provider: 'xai', origins: ['https://api.x.ai/'], quirks: { ...none, reasoningExcluded: true } },
  {
    provider: 'google',
    origins: gemini,
    model: geminiBefore3,
    quirks: { ...none, reasoningUntold: true, oneSearchPerPrompt: true },
  },
  { provider: 'google', origins: gemini, quirks: { ...none, reasoningUntold: true } },
  { provider: 'vertex', origins: [], model: geminiBefore3, quirks: { ...none, oneSearchPerPrompt: true } },
  // "Thinking mode" of its guides: `thinking` switches, `reasoning_effort` degrees. `developer`: 400 "unknown variant".
  {
    provider: 'deepseek',
    origins: ['https://api.deepseek.com/'],
    quirks: {
      ...none,
      maxTokensKey: 'max_tokens',
      thinking: 'effort_or_off',
      systemRoleOnly: true,
      reasoningKey: 'reasoning_content',
    },
  },
  // 422 "extra_forbidden" for everything that it does not know, `stream_options` included: usage is always told.
  {
    provider: 'mistral',
    origins: ['https://api.mistral.ai/'],
    quirks: {
      ...none,
      maxTokensKey: 'max_tokens',
      renamed: { seed: 'random_seed' },
      omitted: ['stream_options', 'user', 'store', 'safety_identifier', 'prompt_cache_key', 'prompt_cache_retention'],
      systemRoleOnly: true,
    },
  },
  // `reasoning_effort` has "none" and "default" beside the degrees; storing is refused.
  {
    provider: 'groq',
    origins: ['https://api.groq.com/'],
    quirks: {
      ...none,
      omitted: ['store', 'metadata', 'prompt_cache_key', 'prompt_cache_retention', 'safety_identifier'],
    },
  },
  {
    provider: 'together',
    origins: ['https://api.together.xyz/', 'https://api.together.ai/'],
    quirks: { ...none, maxTokensKey: 'max_tokens', thinking: 'enabled', systemRoleOnly: true },
  },
  { provider: 'fireworks', origins: ['https://api.fireworks.ai/'], quirks: { ...none, systemRoleOnly: true } },
  // Model Studio, "Deep thinking": `enable_thinking` and `thinking_budget`.
  {
    provider: 'dashscope',
    origins: [
      'https://dashscope.aliyuncs.com/',
      'https://dashscope-intl.aliyuncs.com/',
      'https://dashscope-us.aliyuncs.com/',
    ],
    quirks: { ...none, maxTokensKey: 'max_tokens', thinking: 'enable_thinking', systemRoleOnly: true },
  },
  {
    provider: 'siliconflow',
    origins: ['https://api.siliconflow.cn/', 'https://api.siliconflow.com/'],
    quirks: { ...none, maxTokensKey: 'max_tokens', thinking: 'enable_thinking', systemRoleOnly: true },
  },
  // Only its newest models take `thinking`; the others always think, or never.
  {
    provider: 'moonshotai',
    origins: ['https://api.moonshot.ai/', 'https://api.moonshot.cn/'],
    quirks: { ...none, thinking: 'thinking', systemRoleOnly: true, reasoningKey: 'reasoning_content' },
  },
  {
    provider: 'zai',
    origins: ['https://api.z.ai/', 'https://open.bigmodel.cn/'],
    quirks: {
      ...none,
      maxTokensKey: 'max_tokens',
      thinking: 'thinking',
      renamed: { user: 'user_id' },
      systemRoleOnly: true,
      reasoningKey: 'reasoning_content',
    },
  },
  // Without the switch its thinking stands in the content, between <think> and </think>.
  {
    provider: 'minimax',
    origins: ['https://api.minimax.io/', 'https://api.minimaxi.com/', 'https://api.minimax.chat/'],
    quirks: { ...none, added: { reasoning_split: 'true' }, systemRoleOnly: true, reasoningKey: 'reasoning_details' },
  },
  {
    provider: 'openrouter',
    origins: ['https://openrouter.ai/'],
    quirks: { ...none, thinking: 'reasoning', reasoningKey: 'reasoning_details' },
  },
];

/** An endpoint, as far as its provider's ways hang on it. */
export interface QuirkyEndpoint {
  readonly provider: string;
  readonly upstreamModel: string;
  readonly baseUrl: string;
}

/** The quirks of an endpoint, by its provider's id or address and the model's name there; none for one that is not listed. */
export function upstreamQuirks({ provider, upstreamModel, baseUrl }: QuirkyEndpoint): UpstreamQuirks {
  for (const row of rows) {
    const isThere = row.provider === provider || row.origins.some((origin) => baseUrl.startsWith(origin));
    if (isThere && (row.model === undefined || row.model.test(upstreamModel))) return row.quirks;
  }
  return none;
}
