import { z } from 'zod';

import type { Attachment, DeclaredTool, Entry, ToolChoice, WantedOutput } from '../turn/conversation.domain.js';
import { firstIssue, positiveInteger, sourceOf } from '../turn/schemas.domain.js';
import { isSealOf } from '../turn/seal.domain.js';
import { invalid, type ProviderError, type TurnReading } from '../turn/turn-dialect.domain.js';
import { responseSpeech } from './response-answer.domain.js';

const partSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.enum(['input_text', 'output_text', 'text']), text: z.string() }),
  z.looseObject({ type: z.literal('refusal'), refusal: z.string() }),
  z.looseObject({ type: z.literal('input_image'), image_url: z.string().nullish() }),
  z.looseObject({ type: z.literal('input_file'), file_data: z.string().nullish(), file_url: z.string().nullish() }),
]);
type Part = z.output<typeof partSchema>;
const contentSchema = z.union([z.string(), z.array(partSchema)]);

const toolSchema = z.looseObject({
  type: z.string(),
  name: z.string().optional(),
  parameters: z.unknown().optional(),
  tools: z.array(z.looseObject({ type: z.string(), name: z.string(), parameters: z.unknown().optional() })).optional(),
});
const messageSchema = z.looseObject({
  type: z.literal('message').default('message'),
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content: contentSchema,
});
const itemSchema = z.discriminatedUnion('type', [
  messageSchema.extend({ type: z.literal('message') }),
  z.looseObject({ type: z.literal('function_call'), call_id: z.string(), name: z.string(), arguments: z.string() }),
  z.looseObject({ type: z.literal('function_call_output'), call_id: z.string(), output: contentSchema }),
  z.looseObject({ type: z.literal('custom_tool_call'), call_id: z.string(), name: z.string(), input: z.string() }),
  z.looseObject({ type: z.literal('custom_tool_call_output'), call_id: z.string(), output: contentSchema }),
  z.looseObject({ type: z.literal('reasoning'), encrypted_content: z.string().nullish() }),
  z.looseObject({ type: z.literal('additional_tools'), tools: z.array(toolSchema) }),
  z.looseObject({ type: z.enum(['tool_search_call', 'tool_search_output', 'compaction', 'compaction_trigger']) }),
]);
type Item = z.output<typeof itemSchema>;

const choiceSchema = z.union([
  z.enum(['auto', 'none', 'required']),
  z.looseObject({
    type: z.string(),
    name: z.string().optional(),
    mode: z.string().optional(),
    tools: z.array(z.looseObject({ name: z.string().optional() })).optional(),
  }),
]);
const formatSchema = z.looseObject({
  type: z.enum(['text', 'json_object', 'json_schema']),
  schema: z.unknown().optional(),
});

const requestSchema = z.looseObject({
  model: z.string().min(1).max(200),
  input: z.union([z.string(), z.array(z.union([itemSchema, messageSchema]))]),
  instructions: z.string().nullish(),
  stream: z.boolean().nullish(),
  max_output_tokens: positiveInteger.nullish(),
  tools: z.array(toolSchema).nullish(),
  tool_choice: choiceSchema.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  text: z.looseObject({ format: formatSchema.nullish() }).nullish(),
  reasoning: z.looseObject({ effort: z.string().nullish(), summary: z.string().nullish() }).nullish(),
  include: z.array(z.string()).nullish(),
  previous_response_id: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  user: z.string().nullish(),
});
export type ResponseRequest = z.output<typeof requestSchema>;

/** Reads the body of `POST /v1/responses`. This provider keeps nothing: everything has to stand in the input. */
export function readResponseRequest(body: unknown): TurnReading {
  const parsed = requestSchema.safeParse(body);
  if (!parsed.success) {
    const { param, message } = firstIssue(parsed.error);
    return invalid(param, message);
  }
  const request = parsed.data;
  const refusal = refusalOf(request);
  if (refusal !== null) return { refusal };
  const items = itemsOf(request);
  const written = [
    ...(request.tools ?? []),
    ...items.flatMap((item) => ('tools' in item && item.type === 'additional_tools' ? item.tools : [])),
  ];
  const conversation = {
    model: request.model,
    entries: entriesOf(request, items),
    tools: written.flatMap(toolsOf),
    toolChoice: choiceOf(request.tool_choice ?? 'auto'),
    parallelCalls: request.parallel_tool_calls ?? true,
    output: outputOf(request),
    maxTokens: request.max_output_tokens ?? null,
    stops: [],
    choices: 1,
    stream: request.stream ?? false,
    user: request.safety_identifier ?? request.user ?? null,
  };
  const speech = responseSpeech({
    request,
    encrypted: (request.include ?? []).includes('reasoning.encrypted_content'),
    summary: typeof request.reasoning?.summary === 'string',
    logprobs: (request.include ?? []).includes('message.output_text.logprobs'),
  });
  return { conversation, speech };
}

function itemsOf({ input }: ResponseRequest): readonly (Item | z.output<typeof messageSchema>)[] {
  return typeof input === 'string' ? [{ type: 'message', role: 'user', content: input }] : input;
}

function refusalOf(request: ResponseRequest): ProviderError | null {
  const previous = request.previous_response_id;
  if (typeof previous === 'string')
    return {
      status: 400,
      message: `Previous response with id '${previous}' not found.`,
      code: 'previous_response_not_found',
      param: 'previous_response_id',
    };
  const foreign = itemsOf(request).findIndex(
    (item) =>
      item.type === 'reasoning' &&
      typeof item.encrypted_content === 'string' &&
      !isSealOf('responses', item.encrypted_content),
  );
  if (foreign === -1) return null;
  return {
    status: 400,
    message: `The encrypted content of input[${foreign}] could not be verified.`,
    code: 'invalid_encrypted_content',
    param: `input[${foreign}].encrypted_content`,
  };
}

function entriesOf({ instructions }: ResponseRequest, items: ReturnType<typeof itemsOf>): readonly Entry[] {
  const first: readonly Entry[] =
    typeof instructions === 'string' ? [{ kind: 'said', role: 'system', text: instructions, attachments: [] }] : [];
  return [...first, ...items.flatMap(itemEntries)];
}

function itemEntries(item: Item | z.output<typeof messageSchema>): readonly Entry[] {
  if (item.type === 'message') {
    const role = item.role === 'developer' ? 'system' : item.role;
    return [{ kind: 'said', role, text: textOf(item.content), attachments: attachmentsOf(item.content) }];
  }
  if (item.type === 'function_call')
    return [{ kind: 'called', id: item.call_id, name: item.name, input: item.arguments }];
  if (item.type === 'custom_tool_call')
    return [{ kind: 'called', id: item.call_id, name: item.name, input: item.input }];
  if (item.type === 'function_call_output' || item.type === 'custom_tool_call_output')
    return [{ kind: 'returned', id: item.call_id, text: textOf(item.output) }];
  return [];
}

function textOf(content: string | readonly Part[]): string {
  if (typeof content === 'string') return content;
  return content.flatMap((part) => ('text' in part && typeof part.text === 'string' ? [part.text] : [])).join(' ');
}

function attachmentsOf(content: string | readonly Part[]): readonly Attachment[] {
  if (typeof content === 'string') return [];
  return content.flatMap((part): readonly Attachment[] => {
    if (part.type === 'input_image') return [{ kind: 'picture', ...sourceOf(part.image_url ?? '') }];
    if (part.type === 'input_file') return [{ kind: 'file', ...sourceOf(part.file_data ?? part.file_url ?? '') }];
    return [];
  });
}

/** Tools that the vendor runs itself (web search, tool search) are never called here. */
function toolsOf(tool: z.output<typeof toolSchema>): readonly DeclaredTool[] {
  const own = declared(tool, null);
  return tool.type === 'namespace' ? (tool.tools ?? []).flatMap((one) => declared(one, tool.name ?? null)) : own;
}

function declared(
  {
    type,
    name,
    parameters,
  }: { readonly type: string; readonly name?: string | undefined; readonly parameters?: unknown },
  namespace: string | null,
): readonly DeclaredTool[] {
  if (name === undefined || (type !== 'function' && type !== 'custom')) return [];
  return [{ name, namespace, kind: type, schema: parameters }];
}

function choiceOf(choice: z.output<typeof choiceSchema>): ToolChoice {
  if (choice === 'auto' || choice === 'none') return { kind: choice };
  if (choice === 'required') return { kind: 'forced', names: [] };
  if (choice.type !== 'allowed_tools') return { kind: 'forced', names: choice.name === undefined ? [] : [choice.name] };
  const names = (choice.tools ?? []).flatMap(({ name }) => (name === undefined ? [] : [name]));
  return choice.mode === 'required' ? { kind: 'forced', names } : { kind: 'auto' };
}

function outputOf({ text }: ResponseRequest): WantedOutput {
  const format = text?.format;
  if (format?.type === 'json_schema') return { kind: 'schema', schema: format.schema };
  return { kind: format?.type === 'json_object' ? 'json' : 'text' };
}
