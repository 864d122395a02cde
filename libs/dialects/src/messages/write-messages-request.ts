import { unsupported, type RequestProblem } from '../call/request-problem.js';
import { withFunctionsOnly } from '../turn/function-forms.js';
import type { JsonRecord, TurnRequest, TurnTarget, TurnTool, TurnWriting } from '../turn/turn-request.js';
import { claudeGeneration } from './claude-generation.js';
import { cacheControl } from './write-messages-blocks.js';
import { writeContent } from './write-messages-content.js';
import { asksToThink, writeThinking, type WrittenThinking } from './write-messages-thinking.js';

/** Members of Messages that clients of other dialects write for Claude, and that go back to where they come from. */
const ownMembers: ReadonlySet<string> = new Set([
  'thinking',
  'cache_control',
  'context_management',
  'inference_geo',
  'speed',
]);

/** Words of the neutral tier in Anthropic's: its priority capacity is used when the request says `auto`. */
const serviceTiers: ReadonlyMap<string, string> = new Map([
  ['auto', 'auto'],
  ['priority', 'auto'],
  ['default', 'standard_only'],
  ['standard', 'standard_only'],
  ['standard_only', 'standard_only'],
]);

/** The body of a Messages request that says the turn, or the member that cannot be said. */
export function writeMessagesRequest(request: TurnRequest, target: TurnTarget): TurnWriting {
  const turn = withFunctionsOnly(request);
  const problem = problemOf(turn) ?? clashWithThinking(turn);
  if (problem !== null) return { problem };
  const content = writeContent(turn.messages, claudeGeneration(target.model).takesSystemMessages);
  if ('problem' in content) return content;
  const maxTokens = target.maxTokens ?? turn.maxTokens ?? target.maxOutputTokens;
  const tools = chosenTools(turn);
  const choice = tools.length === 0 ? null : toolChoice(turn);
  const isForced = choice !== null && (choice['type'] === 'any' || choice['type'] === 'tool');
  const thinking = writeThinking(turn.reasoning, target.model, maxTokens, isForced);
  const system = [...content.system, ...advice(turn)];
  const body: JsonRecord = {
    model: target.model,
    max_tokens: maxTokens,
    ...(system.length === 0 ? {} : { system }),
    messages: content.messages,
    ...(tools.length === 0 ? {} : { tools: tools.map(writeTool) }),
    ...(choice === null ? {} : { tool_choice: choice }),
    ...(thinking.thinking === null ? {} : { thinking: thinking.thinking }),
    ...outputConfig(turn, thinking),
    ...sampling(turn),
    ...(turn.endUser === null ? {} : { metadata: { user_id: turn.endUser } }),
    ...serviceTier(turn),
    ...ownExtras(turn),
    ...(turn.stream ? { stream: true } : {}),
  };
  return { body };
}

function problemOf({ choices, sampling: wish, extras, serviceTier: tier, tools }: TurnRequest): RequestProblem | null {
  if (choices > 1) return unsupported('n', 'Anthropic gives one answer a request');
  if (wish.seed !== null) return unsupported('seed', 'Anthropic takes no seed');
  if ((wish.presencePenalty ?? 0) !== 0) return unsupported('presence_penalty', 'Anthropic takes no penalties');
  if ((wish.frequencyPenalty ?? 0) !== 0) return unsupported('frequency_penalty', 'Anthropic takes no penalties');
  if (Object.keys(wish.logitBias ?? {}).length > 0)
    return unsupported('logit_bias', 'Anthropic takes no bias of tokens');
  if (wish.topLogprobs !== null) return unsupported('logprobs', 'Anthropic tells no log probabilities');
  if (wish.temperature !== null && (wish.temperature < 0 || wish.temperature > 1)) {
    return unsupported('temperature', 'Anthropic takes 0 to 1');
  }
  if (tier !== null && !serviceTiers.has(tier)) {
    return unsupported('service_tier', `Anthropic has no tier "${tier.slice(0, 40)}"`);
  }
  const foreign = extras.find(({ path, isHarmless }) => !isHarmless && !ownMembers.has(path));
  if (foreign !== undefined) return unsupported(foreign.path, 'Anthropic has no such parameter');
  const searches = tools.filter(({ form }) => form === 'web_search').length;
  return searches > 1 ? unsupported('tools', 'Anthropic takes one tool that searches the web') : null;
}

/**
 * With thinking, Anthropic samples by its own temperature, and from no fewer than 95 % of the mass. Whether a request can be
 * said must not hang on the endpoint, so that the wish alone counts.
 */
function clashWithThinking({ reasoning, sampling: wish }: TurnRequest): RequestProblem | null {
  const { temperature, topK, topP } = wish;
  if (!asksToThink(reasoning)) return null;
  if (temperature !== null && temperature !== 1) {
    return unsupported('temperature', 'while Claude thinks it must be 1; leave out one of the two');
  }
  if (topK !== null) return unsupported('top_k', 'it cannot be set while Claude thinks; leave out one of the two');
  return topP !== null && topP < 0.95 ? unsupported('top_p', 'while Claude thinks it must be 0.95 to 1') : null;
}

/** A temperature and a mass of 1 are Anthropic's own; the newest models take none at all, so that these are not said. */
function sampling({ sampling: { temperature, topP, topK, stop } }: TurnRequest): JsonRecord {
  return {
    ...(temperature === null || temperature === 1 ? {} : { temperature }),
    ...(topP === null || topP === 1 ? {} : { top_p: topP }),
    ...(topK === null ? {} : { top_k: topK }),
    ...(stop.length === 0 ? {} : { stop_sequences: stop }),
  };
}

function outputConfig({ format }: TurnRequest, { effort }: WrittenThinking): JsonRecord {
  const schema = format.kind === 'json_schema' ? { format: { type: 'json_schema', schema: format.schema } } : {};
  const config = { ...(effort === null ? {} : { effort }), ...schema };
  return Object.keys(config).length === 0 ? {} : { output_config: config };
}

/** What Anthropic has no parameter for and understands in words. */
function advice({ format, verbosity }: TurnRequest): JsonRecord[] {
  const texts: string[] = [];
  if (format.kind === 'json_object') texts.push('Answer with one JSON object and nothing else.');
  if (verbosity === 'low') texts.push('Keep your answers short.');
  if (verbosity === 'high') texts.push('Give long, thorough answers.');
  return texts.map((text) => ({ type: 'text', text }));
}

function serviceTier({ serviceTier: tier }: TurnRequest): JsonRecord {
  const word = tier === null ? undefined : serviceTiers.get(tier);
  return word === undefined ? {} : { service_tier: word };
}

function ownExtras({ extras }: TurnRequest): JsonRecord {
  return Object.fromEntries(extras.filter(({ path }) => ownMembers.has(path)).map(({ path, value }) => [path, value]));
}

/** Of `allowed` tools the others are left out: then none of them can be called. */
function chosenTools({ tools, toolChoice: choice }: TurnRequest): readonly TurnTool[] {
  if (choice?.kind !== 'allowed') return tools;
  return tools.filter((tool) => choice.names.includes(tool.form === 'web_search' ? 'web_search' : tool.name));
}

function writeTool(tool: TurnTool): JsonRecord {
  if (tool.form === 'web_search') {
    const { allowedDomains, usesMax } = tool;
    return {
      type: 'web_search_20250305',
      name: 'web_search',
      ...(allowedDomains.length === 0 ? {} : { allowed_domains: allowedDomains }),
      ...(usesMax === null ? {} : { max_uses: usesMax }),
    };
  }
  const { name, description } = tool;
  const isFunction = tool.form === 'function';
  return {
    name,
    ...(description === null ? {} : { description }),
    input_schema: inputSchema(isFunction ? tool.parameters : null),
    ...(isFunction && tool.strict === true ? { strict: true } : {}),
    ...cacheControl(isFunction ? tool.cache : null),
  };
}

function inputSchema(parameters: JsonRecord | null): JsonRecord {
  if (parameters === null) return { type: 'object', properties: {} };
  return parameters['type'] === 'object' ? parameters : { ...parameters, type: 'object' };
}

function toolChoice({ toolChoice: choice, parallelToolCalls }: TurnRequest): JsonRecord | null {
  const alone = parallelToolCalls === false ? { disable_parallel_tool_use: true } : {};
  if (choice === null) return parallelToolCalls === false ? { type: 'auto', ...alone } : null;
  if (choice.kind === 'tool') return { type: 'tool', name: choice.name, ...alone };
  if (choice.kind === 'none') return { type: 'none' };
  const mode = choice.kind === 'allowed' ? choice.mode : choice.kind;
  return { type: mode === 'required' ? 'any' : 'auto', ...alone };
}
