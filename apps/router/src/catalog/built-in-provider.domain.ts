/** A provider that the built-in catalog knows; it takes part when its credential is in the environment. */
export interface BuiltInProvider {
  readonly id: string;
  readonly name: string;
  /** Null: the base URL comes from the environment too (the demo provider). */
  readonly baseUrl: string | null;
  /** The variable that activates it: the secret, or the demo provider's base URL. */
  readonly variable: string;
  readonly firstTokenMs: number;
  readonly dataPolicy: { readonly training: boolean; readonly retentionDays: number };
}

/** Reasoning models think before the first token; 12 s would cut them off. */
const REASONING_FIRST_TOKEN_MS = 60_000;
/** What is assumed of a provider until a contract says better: prompts are kept for a month. */
const assumed = { training: false, retentionDays: 30 };

const openAiCompatible = (id: string, name: string, baseUrl: string, variable: string): BuiltInProvider => ({
  id,
  name,
  baseUrl,
  variable,
  firstTokenMs: REASONING_FIRST_TOKEN_MS,
  dataPolicy: assumed,
});

export const DEMO_PROVIDER = 'demo';

export const builtInProviders: readonly BuiltInProvider[] = [
  {
    id: DEMO_PROVIDER,
    name: 'Demo',
    baseUrl: null,
    variable: 'DEMO_PROVIDER_URL',
    firstTokenMs: 12_000,
    dataPolicy: { training: false, retentionDays: 0 },
  },
  openAiCompatible('openai', 'OpenAI', 'https://api.openai.com/v1', 'OPENAI_API_KEY'),
  {
    ...openAiCompatible('deepseek', 'DeepSeek', 'https://api.deepseek.com/v1', 'DEEPSEEK_API_KEY'),
    dataPolicy: { training: true, retentionDays: 30 },
  },
  openAiCompatible('google', 'Google', 'https://generativelanguage.googleapis.com/v1beta/openai', 'GEMINI_API_KEY'),
  openAiCompatible('xai', 'xAI', 'https://api.x.ai/v1', 'XAI_API_KEY'),
  openAiCompatible('groq', 'Groq', 'https://api.groq.com/openai/v1', 'GROQ_API_KEY'),
  openAiCompatible('moonshotai', 'Moonshot AI', 'https://api.moonshot.ai/v1', 'MOONSHOT_API_KEY'),
];
