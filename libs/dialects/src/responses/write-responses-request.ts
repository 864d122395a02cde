import { unsupported, type RequestProblem } from '../call/request-problem.js';
import type {
  JsonRecord,
  OutputFormat,
  ReasoningWish,
  Sampling,
  ToolChoice,
  TurnExtra,
  TurnRequest,
  TurnTarget,
  TurnTool,
  TurnWriting,
} from '../turn/turn-request.js';
import { writeResponsesInput } from './write-responses-items.js';

/** Smaller limits are refused by OpenAI; some clients ask for one token to see whether a model is there. */
const OUTPUT_TOKENS_MIN = 16;

/** Members of Responses that no turn has; put back where the request came from the same dialect. */
const ownExtras: ReadonlySet<string> = new Set(['truncation', 'max_tool_calls', 'context_management', 'moderation']);

/** A turn as a request of OpenAI's Responses. Upstreams keep nothing (`store: false`): what is kept, we keep. */
export function writeResponsesRequest(turn: TurnRequest, target: TurnTarget): TurnWriting {
  const problem = problemOf(turn);
  if (problem !== null) return { problem };
  const input = writeResponsesInput(turn.messages);
  if ('problem' in input) return input;
  const limit = target.maxTokens ?? turn.maxTokens;
  const body: Record<string, unknown> = {
    model: target.model,
    ...present('instructions', input.instructions),
    input: input.items,
    ...toolMembers(turn),
    ...present('text', textConfig(turn)),
    ...present('reasoning', reasoningConfig(turn.reasoning)),
    ...present('max_output_tokens', limit === null ? null : Math.max(limit, OUTPUT_TOKENS_MIN)),
    ...present('temperature', turn.sampling.temperature),
    ...present('top_p', turn.sampling.topP),
    ...present('top_logprobs', turn.sampling.topLogprobs),
    ...present('service_tier', serviceTierOf(turn.serviceTier)),
    ...present('user', turn.endUser),
    ...present('prompt_cache_key', turn.promptCacheKey),
    ...(Object.keys(turn.metadata).length === 0 ? {} : { metadata: turn.metadata }),
    ...includeOf(turn),
    ...Object.fromEntries(turn.extras.filter(isOwn).map(({ path, value }) => [path, value])),
    store: false,
    ...(turn.stream ? { stream: true } : {}),
  };
  return { body };
}

function present(key: string, value: unknown): JsonRecord {
  return value === null || value === undefined ? {} : { [key]: value };
}

function isOwn({ path }: TurnExtra): boolean {
  return ownExtras.has(path);
}

function problemOf({ sampling, choices, extras }: TurnRequest): RequestProblem | null {
  if (choices > 1) return unsupported('n', 'a Responses endpoint gives one choice');
  const refused = samplingProblem(sampling);
  if (refused !== null) return refused;
  const extra = extras.find((one) => !one.isHarmless && !isOwn(one));
  return extra === undefined ? null : unsupported(extra.path, 'a Responses endpoint has no such parameter');
}

function samplingProblem(sampling: Sampling): RequestProblem | null {
  const { topK, seed, stop, presencePenalty, frequencyPenalty, logitBias } = sampling;
  const said: readonly (readonly [string, boolean])[] = [
    ['top_k', topK !== null],
    ['seed', seed !== null],
    ['stop', stop.length > 0],
    ['presence_penalty', (presencePenalty ?? 0) !== 0],
    ['frequency_penalty', (frequencyPenalty ?? 0) !== 0],
    ['logit_bias', logitBias !== null && Object.keys(logitBias).length > 0],
  ];
  const found = said.find(([, isSaid]) => isSaid);
  return found === undefined ? null : unsupported(found[0], 'a Responses endpoint has no such parameter');
}

function toolMembers(turn: TurnRequest): JsonRecord {
  if (turn.tools.length === 0) return {};
  const search = turn.tools.find((tool) => tool.form === 'web_search');
  return {
    tools: writtenTools(turn.tools),
    ...present('tool_choice', turn.toolChoice === null ? null : choiceOf(turn.toolChoice, turn.tools)),
    ...present('parallel_tool_calls', turn.parallelToolCalls),
    ...present('max_tool_calls', search?.usesMax),
  };
}

function writtenTools(tools: readonly TurnTool[]): readonly JsonRecord[] {
  const written: JsonRecord[] = [];
  const namespaces = new Map<string, JsonRecord[]>();
  for (const tool of tools) {
    const namespace = tool.form === 'web_search' ? null : tool.namespace;
    if (namespace === null) {
      written.push(toolOf(tool));
      continue;
    }
    const known = namespaces.get(namespace);
    if (known !== undefined) known.push(toolOf(tool));
    else {
      const within = [toolOf(tool)];
      namespaces.set(namespace, within);
      written.push({ type: 'namespace', name: namespace, description: namespace, tools: within });
    }
  }
  return written;
}

const noArguments: JsonRecord = { type: 'object', properties: {} };

function toolOf(tool: TurnTool): JsonRecord {
  if (tool.form === 'web_search') {
    const { contextSize, allowedDomains } = tool;
    const filters = allowedDomains.length === 0 ? {} : { filters: { allowed_domains: allowedDomains } };
    return { type: 'web_search', ...present('search_context_size', contextSize), ...filters };
  }
  const named = { type: tool.form, name: tool.name, ...present('description', tool.description) };
  if (tool.form === 'custom') {
    const { grammar } = tool;
    return { ...named, format: grammar === null ? { type: 'text' } : { type: 'grammar', ...grammar } };
  }
  // Unlike elsewhere, what is not said is strict here.
  return { ...named, parameters: tool.parameters ?? noArguments, strict: tool.strict ?? false };
}

function choiceOf(choice: ToolChoice, tools: readonly TurnTool[]): unknown {
  if (choice.kind === 'tool') return { type: formOf(choice.name, tools), name: choice.name };
  if (choice.kind !== 'allowed') return choice.kind;
  const allowed = choice.names.map((name) => ({ type: formOf(name, tools), name }));
  return { type: 'allowed_tools', mode: choice.mode, tools: allowed };
}

function formOf(name: string, tools: readonly TurnTool[]): 'function' | 'custom' {
  return tools.some((tool) => tool.form === 'custom' && tool.name === name) ? 'custom' : 'function';
}

function textConfig({ format, verbosity }: TurnRequest): JsonRecord | null {
  const config = { ...formatMember(format), ...present('verbosity', verbosity) };
  return Object.keys(config).length === 0 ? null : config;
}

function formatMember(format: OutputFormat): JsonRecord {
  if (format.kind !== 'json_schema') return format.kind === 'text' ? {} : { format: { type: 'json_object' } };
  const { name, description, schema, strict } = format;
  const described = present('description', description);
  return { format: { type: 'json_schema', name, ...described, schema, strict: strict ?? false } };
}

/** Budgets of thinking below these are that effort (the steps of OpenRouter's `reasoning.max_tokens`). */
const LOW_BUDGET_TOKENS = 4096;
const MEDIUM_BUDGET_TOKENS = 16_384;

function reasoningConfig(wish: ReasoningWish | null): JsonRecord | null {
  if (wish === null) return null;
  const effort = wish.effort ?? effortFor(wish.maxTokens);
  // Who asks for a budget of thinking wants to see the thinking; Responses shows it only in summaries, and only when asked.
  const summary = wish.exclude ? null : (wish.summary ?? (wish.maxTokens === null ? null : 'auto'));
  const config = { ...present('effort', effort), ...present('summary', effort === 'none' ? null : summary) };
  return Object.keys(config).length === 0 ? null : config;
}

function effortFor(maxTokens: number | null): string | null {
  if (maxTokens === null) return null;
  if (maxTokens === 0) return 'none';
  if (maxTokens <= LOW_BUDGET_TOKENS) return 'low';
  return maxTokens <= MEDIUM_BUDGET_TOKENS ? 'medium' : 'high';
}

/** Anthropic's word for the ordinary tier is not OpenAI's. */
function serviceTierOf(tier: string | null): string | null {
  return tier === 'standard_only' || tier === 'standard' ? 'default' : tier;
}

/** Hidden reasoning is asked for where there is reasoning to go on with; a model that does not reason refuses the wish. */
function includeOf(turn: TurnRequest): JsonRecord {
  const include: string[] = [];
  const wishes = turn.reasoning !== null && turn.reasoning.effort !== 'none';
  if (wishes || hasOwnSeal(turn)) include.push('reasoning.encrypted_content');
  if (turn.sampling.topLogprobs !== null) include.push('message.output_text.logprobs');
  return include.length === 0 ? {} : { include };
}

function hasOwnSeal({ messages }: TurnRequest): boolean {
  return messages.some(({ parts }) =>
    parts.some((part) => part.type === 'reasoning' && part.seal?.origin === 'openai'),
  );
}
