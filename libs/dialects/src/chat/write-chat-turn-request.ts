import { unsupported, type RequestProblem } from '../call/request-problem.js';
import { withFunctionsOnly } from '../turn/function-forms.js';
import type {
  JsonRecord,
  OutputFormat,
  ToolChoice,
  TurnRequest,
  TurnTarget,
  TurnTool,
  TurnWriting,
} from '../turn/turn-request.js';
import { chatMessages } from './write-chat-messages.js';

/**
 * A turn as a chat request that any OpenAI-compatible upstream takes: functions alone, `system` instead of `developer`, and
 * no member that only OpenAI's own models know unless the client asked for what it says.
 */
export function writeChatTurnRequest(asked: TurnRequest, target: TurnTarget): TurnWriting {
  const turn = withFunctionsOnly(asked);
  const problem = unsaid(turn);
  if (problem !== null) return { problem };
  const written = chatMessages(turn.messages, target);
  if ('problem' in written) return written;
  const maxTokens = target.maxTokens ?? turn.maxTokens;
  const limit = maxTokens === null ? {} : { [target.maxTokensKey ?? 'max_completion_tokens']: maxTokens };
  return {
    body: {
      model: target.model,
      messages: written.messages,
      ...(turn.stream ? { stream: true, stream_options: { include_usage: true } } : {}),
      ...limit,
      ...toolMembers(turn),
      ...samplingMembers(turn),
      ...formatMembers(turn.format),
      ...effortMembers(turn),
      ...present({
        service_tier: turn.serviceTier,
        user: turn.endUser,
        verbosity: turn.verbosity,
        prompt_cache_key: turn.promptCacheKey,
      }),
    },
  };
}

/** Members of another dialect that chat has no words for, and that would change the answer. */
function unsaid(turn: TurnRequest): RequestProblem | null {
  const extra = turn.extras.find(({ isHarmless }) => !isHarmless);
  if (extra !== undefined) return unsupported(extra.path, 'chat completions have nothing like it');
  if (turn.sampling.topK !== null) return unsupported('top_k', 'chat completions have nothing like it');
  const search = turn.tools.find((tool) => tool.form === 'web_search');
  if (search === undefined) return null;
  if (search.allowedDomains.length > 0) return unsupported('tools', 'a web search of chosen domains');
  return search.usesMax === null ? null : unsupported('tools', 'a limit of web searches');
}

function present(members: JsonRecord): JsonRecord {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}

function toolMembers({ tools, toolChoice, parallelToolCalls }: TurnRequest): JsonRecord {
  const functions = offered(tools, toolChoice).flatMap(chatTool);
  const search = tools.find((tool) => tool.form === 'web_search');
  const size = search?.contextSize ?? null;
  return {
    ...(functions.length > 0 ? { tools: functions } : {}),
    ...(functions.length > 0 && toolChoice !== null ? { tool_choice: chatChoice(toolChoice) } : {}),
    ...(functions.length > 0 && parallelToolCalls !== null ? { parallel_tool_calls: parallelToolCalls } : {}),
    ...(search === undefined ? {} : { web_search_options: present({ search_context_size: size }) }),
  };
}

/** Of the upstreams only OpenAI's own knows `allowed_tools`; leaving the others out says the same. */
function offered(tools: readonly TurnTool[], choice: ToolChoice | null): readonly TurnTool[] {
  if (choice?.kind !== 'allowed') return tools;
  return tools.filter((tool) => tool.form !== 'web_search' && choice.names.includes(tool.name));
}

function chatTool(tool: TurnTool): JsonRecord[] {
  if (tool.form !== 'function') return [];
  const { name, description, parameters, strict } = tool;
  return [{ type: 'function', function: { name, ...present({ description, parameters, strict }) } }];
}

function chatChoice(choice: ToolChoice): string | JsonRecord {
  if (choice.kind === 'tool') return { type: 'function', function: { name: choice.name } };
  return choice.kind === 'allowed' ? choice.mode : choice.kind;
}

function samplingMembers({ sampling, choices }: TurnRequest): JsonRecord {
  const { topLogprobs, stop } = sampling;
  return {
    ...present({
      temperature: sampling.temperature,
      top_p: sampling.topP,
      seed: sampling.seed,
      presence_penalty: sampling.presencePenalty,
      frequency_penalty: sampling.frequencyPenalty,
      logit_bias: sampling.logitBias,
    }),
    ...(stop.length > 0 ? { stop } : {}),
    ...(topLogprobs === null ? {} : { logprobs: true, top_logprobs: topLogprobs }),
    ...(choices > 1 ? { n: choices } : {}),
  };
}

function formatMembers(format: OutputFormat): JsonRecord {
  if (format.kind === 'text') return {};
  if (format.kind !== 'json_schema') return { response_format: { type: 'json_object' } };
  const { name, description, schema, strict } = format;
  const declared = { name, ...present({ description, strict }), schema };
  return { response_format: { type: 'json_schema', json_schema: declared } };
}

/** A budget is told in OpenRouter's words: the provider's adapter says it as its provider wants it. */
function effortMembers({ reasoning }: TurnRequest): JsonRecord {
  if (reasoning === null) return {};
  const { effort, maxTokens } = reasoning;
  if (maxTokens !== null) return { reasoning: { ...present({ effort }), max_tokens: maxTokens } };
  return effort === null ? {} : { reasoning_effort: effort };
}
