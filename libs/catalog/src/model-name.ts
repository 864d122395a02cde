/**
 * One model has one id, whoever sells it: `author/name`, in the form that OpenRouter made usual. Providers write the same
 * model as `claude-sonnet-4-5`, `global.anthropic.claude-sonnet-4-5-20250929-v1:0` or `accounts/fireworks/models/kimi-k2p6`;
 * the rules below bring these together, in this order. A rule only ever takes away how a provider writes or runs a model,
 * never what makes it another one: snapshots (`-0813`), sizes, and faster or cheaper runs (`-fast`, `-highspeed`) keep
 * their own ids, because they have their own prices. Null where nothing says who made it.
 */
export function modelIdOf(upstreamModel: string, ownAuthor: string | null): string | null {
  const { organisation, name } = split(upstreamModel);
  const plain = spelled(name);
  const author = authorOf(plain) ?? organisation ?? ownAuthor;
  if (author === null) return null;
  return aliases.get(`${author}/${plain}`) ?? `${author}/${plain}`;
}

/** Organisations as providers and Hugging Face write them, and the author they are. */
const organisations: ReadonlyMap<string, string> = new Map([
  ['deepseek-ai', 'deepseek'],
  ['meta-models', 'meta'],
  ['minimaxai', 'minimax'],
  ['mistral', 'mistralai'],
  ['moonshot', 'moonshotai'],
  ['stepfun-ai', 'stepfun'],
  ['xai', 'x-ai'],
  ['xiaomimimo', 'xiaomi'],
  ['zai', 'z-ai'],
  ['zai-org', 'z-ai'],
]);

/** Names say who made a model even where a provider does not. */
const authorsByName: readonly (readonly [RegExp, string])[] = [
  [/^claude-/, 'anthropic'],
  [/^(gpt-|o\d|text-embedding-|whisper-|chatgpt|codex-)/, 'openai'],
  [/^(gemini-|gemma-)/, 'google'],
  [/^(nemotron-|llama-[\d.]+-nemotron)/, 'nvidia'],
  [/^(llama-|codellama)/, 'meta-llama'],
  [/^(qwen|qwq)/, 'qwen'],
  [/^deepseek-/, 'deepseek'],
  [/^(kimi-|moonshot-)/, 'moonshotai'],
  [/^glm-/, 'z-ai'],
  [/^minimax-/, 'minimax'],
  [/^(mistral-|mixtral-|ministral-|magistral-|codestral|devstral-|pixtral-|voxtral-)/, 'mistralai'],
  [/^grok-/, 'x-ai'],
  [/^muse-/, 'meta'],
  [/^mimo-/, 'xiaomi'],
  [/^nova-/, 'amazon'],
  [/^inkling/, 'thinkingmachines'],
  [/^bge-/, 'baai'],
];

interface NameParts {
  readonly organisation: string | null;
  readonly name: string;
}

/** Folders of Fireworks, regions and vendors of Bedrock, organisations of Hugging Face: what stands before the name. */
function split(upstreamModel: string): NameParts {
  const text = upstreamModel
    .toLowerCase()
    .replace(/^accounts\/fireworks\/(models|routers)\//, '')
    .replace(/^(us-gov|us|eu|apac|au|ca|in|jp|global|regional)\./, '');
  const bedrock = /^([a-z]+)\.([a-z].*)$/.exec(text);
  const [, vendor = '', product = ''] = bedrock ?? [];
  const folder = text.lastIndexOf('/');
  if (bedrock !== null && folder < 0) return { organisation: organisations.get(vendor) ?? vendor, name: product };
  if (folder < 0) return { organisation: null, name: text };
  const organisation = text.slice(0, folder).split('/').at(-1) ?? '';
  return { organisation: organisations.get(organisation) ?? organisation, name: text.slice(folder + 1) };
}

/** How names are spelled, one rule a line: what is taken away, or written in one way. */
const spellings: readonly (readonly [RegExp, string])[] = [
  // Bedrock's revision: `-v1:0`, `-v1`, `:0`.
  [/(-v\d+)?:\d+$/, ''],
  [/^(claude-.*)-v\d+$/, '$1'],
  // Anthropic's day of a model whose number names it already: `-20250929`.
  [/^(claude-.*)-20\d{6}$/, '$1'],
  // Precision and packaging of one host.
  [/-(fp8|nvfp4|bf16|int8|awq|fp16)(-fast)?$/, ''],
  [/-maas$/, ''],
  [/^(gpt-oss-\d+b)-1$/, '$1'],
  // Open weights whose hosts leave out that they are tuned for instructions.
  [/^(gemma-[34]-(?:\d+b(?:-a\d+b)?|e\db))$/, '$1-it'],
  [/^(qwen3-(?:coder|next|vl)-\d+b-a\d+b)$/, '$1-instruct'],
  [/^v(?=\d(?:\.\d)?$)/, 'deepseek-v'],
  // Vendors that stand in the name again.
  [/^(nvidia|meta|z-?ai)-(?=nemotron|llama|glm)/, ''],
  [/_/g, '-'],
  // `k2p6` and `v3p1` are how a name without dots says 2.6 and 3.1.
  [/(\d)p(\d)/g, '$1.$2'],
  // `llama3.1-8b`, `llama-v3.1-8b`, `llama3-1-8b`, `llama4-maverick`.
  [/^llama-?v?(\d)[-.](\d)(?=-)/, 'llama-$1.$2'],
  [/^llama-?v?(\d)(?=-)/, 'llama-$1'],
  // `qwen-3-32b`, `qwen2p5`, `qwen-2.5-72b`.
  [/^qwen-(?=\d)/, 'qwen'],
  // `claude-sonnet-4-5` and `claude-3-5-haiku` have one version number with a dot.
  [/^claude-(fable|haiku|opus|sonnet)-(\d+)-0$/, 'claude-$1-$2'],
  [/^claude-(fable|haiku|opus|sonnet)-(\d+)-(\d{1,2})$/, 'claude-$1-$2.$3'],
  [/^claude-(\d)-(\d)-(haiku|opus|sonnet)$/, 'claude-$1.$2-$3'],
  // `glm-5-2` of Mistral, `deepseek-v4-1-flash`, `mistral-medium-3-5`.
  [/^glm-(\d)-(\d)(?=-|$)/, 'glm-$1.$2'],
  [/^deepseek-v(\d)-(\d)(?=-)/, 'deepseek-v$1.$2'],
  // Hosts that say "instruct" or "chat" twice, and groq's and Together's names of how they run Llama.
  [/^(llama-[\d.]+-\d+b)(-instruct)?-(versatile|instant|turbo|specdec)$/, '$1-instruct'],
  [/^(llama-[\d.]+-\d+b)$/, '$1-instruct'],
  [/^(llama-4-(?:maverick|scout))-\d+b(?:-\d+e)?-instruct$/, '$1'],
];

function spelled(name: string): string {
  let text = name;
  for (const [form, replacement] of spellings) text = text.replace(form, replacement);
  return text;
}

/** What no rule can know: two names of one model. */
const aliases: ReadonlyMap<string, string> = new Map([
  ['mistralai/mistral-small-3.2-24b-instruct-2506', 'mistralai/mistral-small-2506'],
  ['mistralai/mistral-large-3-675b-instruct', 'mistralai/mistral-large-2512'],
  ['mistralai/devstral-2-123b-instruct-2512', 'mistralai/devstral-2512'],
  ['mistralai/devstral-2-123b', 'mistralai/devstral-2512'],
  ['mistralai/ministral-3-3b-instruct', 'mistralai/ministral-3b-2512'],
  ['mistralai/ministral-3-8b-instruct', 'mistralai/ministral-8b-2512'],
  ['mistralai/ministral-3-14b-instruct', 'mistralai/ministral-14b-2512'],
  ['mistralai/mistral-nemo-instruct-2407', 'mistralai/mistral-nemo'],
  ['mistralai/open-mistral-nemo', 'mistralai/mistral-nemo'],
  ['mistralai/voxtral-small-24b-2507', 'mistralai/voxtral-small-2507'],
  ['meta/muse-spark-open-816b-a42b', 'meta/muse-spark-open'],
  ['moonshotai/kimi-k2-instruct', 'moonshotai/kimi-k2'],
  ['nvidia/nemotron-nano-3-30b', 'nvidia/nemotron-3-nano-30b-a3b'],
  ['nvidia/nemotron-3.5-super-vl-120b-a12b', 'nvidia/nemotron-3.5-super-vl'],
  ['qwen/qwen3-235b-a22b-2507', 'qwen/qwen3-235b-a22b-instruct-2507'],
  ['nvidia/nemotron-super-3-120b', 'nvidia/nemotron-3-super-120b-a12b'],
]);

function authorOf(name: string): string | null {
  return authorsByName.find(([form]) => form.test(name))?.[1] ?? null;
}
