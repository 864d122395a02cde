import { unsupported, type RequestProblem } from '../call/request-problem.js';
import { withFunctionsOnly } from '../turn/function-forms.js';
import type {
  JsonRecord,
  ToolChoice,
  TurnMessage,
  TurnRequest,
  TurnTarget,
  TurnTool,
  TurnWriting,
} from '../turn/turn-request.js';
import { cachePoint, ConverseBlockWriter } from './write-converse-blocks.js';
import { modelFields } from './converse-model-fields.js';

interface OpenMessage {
  readonly role: 'user' | 'assistant';
  readonly content: JsonRecord[];
}

/** Converse has no switches for these, and models obey the words. */
const ONE_CALL_AT_A_TIME = 'Call at most one tool in one answer, and wait for its result before you call another.';
const NO_CALLS = 'Do not call any tool; answer in text.';

/** A turn as a request of Converse; the model and whether it is streamed stand in the path. */
export function writeConverseRequest(asked: TurnRequest, target: TurnTarget): TurnWriting {
  const problem = problemOf(asked);
  if (problem !== null) return { problem };
  const turn = withFunctionsOnly(asked);
  const blocks = new ConverseBlockWriter();
  const { system, messages } = contentOf(turn, blocks);
  if (blocks.problem !== null) return { problem: blocks.problem };
  const toolConfig = toolsOf(turn);
  const tier = tiers.get(turn.serviceTier ?? '') ?? null;
  const fields = modelFields(turn, target);
  return {
    body: {
      ...(system.length === 0 ? {} : { system }),
      messages,
      inferenceConfig: inferenceOf(turn, target),
      ...(toolConfig === null ? {} : { toolConfig }),
      ...formatOf(turn),
      ...(tier === null ? {} : { serviceTier: { type: tier } }),
      ...(Object.keys(fields).length === 0 ? {} : { additionalModelRequestFields: fields }),
    },
  };
}

/** The tiers of other dialects and what Bedrock calls them; null is the one that nobody needs to name. */
const tiers: ReadonlyMap<string, string | null> = new Map([
  ['auto', null],
  ['default', null],
  ['standard', null],
  ['standard_only', null],
  ['flex', 'flex'],
  ['priority', 'priority'],
]);

function problemOf(turn: TurnRequest): RequestProblem | null {
  const { sampling, choices, verbosity, serviceTier, extras, format, tools } = turn;
  const extra = extras.find(({ isHarmless }) => !isHarmless);
  if (extra !== undefined) return unsupported(extra.path, 'Converse has nothing that means the same');
  if (choices > 1) return none('n');
  if (sampling.seed !== null) return none('seed');
  if (sampling.presencePenalty !== null) return none('presence_penalty');
  if (sampling.frequencyPenalty !== null) return none('frequency_penalty');
  if (sampling.logitBias !== null) return none('logit_bias');
  if (sampling.topLogprobs !== null) return none('logprobs');
  if (verbosity === 'low' || verbosity === 'high') return none('verbosity');
  if (format.kind === 'json_object')
    return unsupported('response_format', 'Converse answers in JSON by a schema alone');
  if (serviceTier !== null && !tiers.has(serviceTier)) return none('service_tier');
  const search = tools.findIndex(({ form }) => form === 'web_search');
  return search < 0 ? null : unsupported(`tools[${search}]`, 'Converse searches no web');
}

function none(param: string): RequestProblem {
  return unsupported(param, 'Converse has no such parameter');
}

function inferenceOf({ sampling, maxTokens }: TurnRequest, target: TurnTarget): JsonRecord {
  const { temperature, topP, stop } = sampling;
  const members = {
    maxTokens: target.maxTokens ?? maxTokens,
    temperature,
    topP,
    stopSequences: stop.length === 0 ? null : stop,
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}

function contentOf(
  turn: TurnRequest,
  blocks: ConverseBlockWriter,
): { readonly system: readonly JsonRecord[]; readonly messages: readonly JsonRecord[] } {
  const system: JsonRecord[] = [];
  const written: OpenMessage[] = [];
  let isLeading = true;
  for (const [index, message] of turn.messages.entries()) {
    const isInstruction = message.role === 'system' || message.role === 'developer';
    isLeading &&= isInstruction;
    const content = blocksOf(message, index, blocks);
    if (isLeading) system.push(...content);
    else if (isInstruction)
      add(
        written,
        'user',
        content.map((block) => marked(block)),
      );
    else add(written, message.role === 'assistant' ? 'assistant' : 'user', content);
  }
  if (turn.tools.length > 0) {
    if (turn.toolChoice?.kind === 'none') system.push({ text: NO_CALLS });
    else if (turn.parallelToolCalls === false) system.push({ text: ONE_CALL_AT_A_TIME });
  }
  return { system, messages: written.map(({ role, content }) => ({ role, content })) };
}

/** Results of tools come first, as the models' own formats ask for. */
function blocksOf({ parts, name, role }: TurnMessage, index: number, blocks: ConverseBlockWriter): JsonRecord[] {
  const content = parts.flatMap((part, at) => blocks.write(part, `messages[${index}].content[${at}]`));
  const [first] = content;
  if (name !== null && role === 'user' && typeof first?.['text'] === 'string') {
    content[0] = { text: `${name}: ${first['text']}` };
  }
  return content;
}

/** Neighbours of one role become one message: roles have to alternate. */
function add(written: OpenMessage[], role: OpenMessage['role'], content: readonly JsonRecord[]): void {
  if (content.length === 0) return;
  const last = written.at(-1);
  if (last?.role === role) last.content.push(...content);
  else written.push({ role, content: [...content] });
}

function marked(block: JsonRecord): JsonRecord {
  return typeof block['text'] === 'string' ? { text: `<system>\n${block['text']}\n</system>` } : block;
}

function toolsOf({ tools, toolChoice }: TurnRequest): JsonRecord | null {
  const offered = tools.filter((tool) => isOffered(tool, toolChoice));
  if (offered.length === 0) return null;
  const choice = choiceOf(toolChoice);
  return { tools: offered.flatMap((tool) => specOf(tool)), ...(choice === null ? {} : { toolChoice: choice }) };
}

/** A choice among some tools has no word there: the others are not offered. */
function isOffered(tool: TurnTool, choice: ToolChoice | null): boolean {
  return tool.form !== 'web_search' && (choice?.kind !== 'allowed' || choice.names.includes(tool.name));
}

function specOf(tool: TurnTool): JsonRecord[] {
  if (tool.form === 'web_search') return [];
  const isFunction = tool.form === 'function';
  const parameters = isFunction ? tool.parameters : null;
  const toolSpec = {
    name: tool.name,
    ...(tool.description === null || tool.description === '' ? {} : { description: tool.description }),
    inputSchema: { json: parameters ?? { type: 'object', properties: {} } },
    ...(isFunction && tool.strict === true ? { strict: true } : {}),
  };
  return [{ toolSpec }, ...(isFunction ? cachePoint(tool.cache) : [])];
}

function choiceOf(choice: ToolChoice | null): JsonRecord | null {
  if (choice === null || choice.kind === 'none') return null;
  if (choice.kind === 'tool') return { tool: { name: choice.name } };
  const mode = choice.kind === 'allowed' ? choice.mode : choice.kind;
  return mode === 'required' ? { any: {} } : { auto: {} };
}

/** Structured output: the schema goes as a text. */
function formatOf({ format }: TurnRequest): JsonRecord {
  if (format.kind !== 'json_schema') return {};
  const { name, description, schema } = format;
  const jsonSchema = { name, ...(description === null ? {} : { description }), schema: JSON.stringify(schema) };
  return { outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema } } } };
}
