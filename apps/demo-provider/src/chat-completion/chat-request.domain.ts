import { z } from 'zod';

import type { Attachment, DeclaredTool, Entry, ToolChoice, WantedOutput } from '../turn/conversation.domain.js';
import { firstIssue, oneOrMore, positiveInteger, sourceOf } from '../turn/schemas.domain.js';
import { invalid, type TurnReading } from '../turn/turn-dialect.domain.js';
import { chatSpeech } from './chat-answer.domain.js';

const partSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text'), text: z.string() }),
  z.looseObject({ type: z.literal('refusal'), refusal: z.string() }),
  z.looseObject({ type: z.literal('image_url'), image_url: z.looseObject({ url: z.string() }) }),
  z.looseObject({ type: z.literal('input_audio'), input_audio: z.looseObject({ data: z.string() }) }),
  z.looseObject({ type: z.literal('file'), file: z.looseObject({ file_data: z.string().optional() }) }),
]);
type Part = z.output<typeof partSchema>;

const callSchema = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('function'),
    id: z.string(),
    function: z.looseObject({ name: z.string(), arguments: z.string() }),
  }),
  z.looseObject({
    type: z.literal('custom'),
    id: z.string(),
    custom: z.looseObject({ name: z.string(), input: z.string() }),
  }),
]);
const messageSchema = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content: z.union([z.string(), z.array(partSchema)]).nullish(),
  tool_calls: z.array(callSchema).nullish(),
  tool_call_id: z.string().nullish(),
});
type Message = z.output<typeof messageSchema>;

const toolSchema = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('function'),
    function: z.looseObject({ name: z.string(), parameters: z.unknown().optional() }),
  }),
  z.looseObject({ type: z.literal('custom'), custom: z.looseObject({ name: z.string() }) }),
]);
const namedSchema = z.looseObject({
  function: z.looseObject({ name: z.string() }).optional(),
  custom: z.looseObject({ name: z.string() }).optional(),
});
const choiceSchema = z.union([
  z.enum(['auto', 'none', 'required']),
  z.looseObject({
    type: z.literal('allowed_tools'),
    allowed_tools: z.looseObject({ mode: z.enum(['auto', 'required']), tools: z.array(namedSchema) }),
  }),
  namedSchema,
]);
const formatSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text') }),
  z.looseObject({ type: z.literal('json_object') }),
  z.looseObject({ type: z.literal('json_schema'), json_schema: z.looseObject({ schema: z.unknown() }) }),
]);

/** What the demo provider reads of a request; everything else is accepted and ignored, as real providers do. */
const requestSchema = z.looseObject({
  model: z.string().min(1).max(200),
  messages: z.array(messageSchema).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: positiveInteger.nullish(),
  max_completion_tokens: positiveInteger.nullish(),
  n: positiveInteger.max(128).nullish(),
  stop: oneOrMore(z.string()).nullish(),
  tools: z.array(toolSchema).nullish(),
  tool_choice: choiceSchema.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: formatSchema.nullish(),
  logprobs: z.boolean().nullish(),
  user: z.string().nullish(),
});

/** Reads the body of `POST /v1/chat/completions`. */
export function readChatRequest(body: unknown): TurnReading {
  const parsed = requestSchema.safeParse(body);
  if (!parsed.success) {
    const { param, message } = firstIssue(parsed.error);
    return invalid(param, message);
  }
  const request = parsed.data;
  const conversation = {
    model: request.model,
    entries: request.messages.flatMap(entriesOf),
    tools: (request.tools ?? []).map(toolOf),
    toolChoice: choiceOf(request.tool_choice ?? 'auto'),
    parallelCalls: request.parallel_tool_calls ?? true,
    output: outputOf(request.response_format ?? { type: 'text' }),
    maxTokens: request.max_completion_tokens ?? request.max_tokens ?? null,
    stops: request.stop ?? [],
    choices: request.n ?? 1,
    stream: request.stream ?? false,
    user: request.user ?? null,
  };
  const includeUsage = request.stream_options?.include_usage === true;
  return { conversation, speech: chatSpeech({ includeUsage, logprobs: request.logprobs ?? false }) };
}

function entriesOf(message: Message): readonly Entry[] {
  const { text, attachments } = contentOf(message.content ?? '');
  if (message.role === 'tool' || message.role === 'function')
    return [{ kind: 'returned', id: message.tool_call_id ?? null, text }];
  const role = message.role === 'developer' ? 'system' : message.role;
  const calls = (message.tool_calls ?? []).map((call): Entry => {
    if (call.type === 'custom')
      return { kind: 'called', id: call.id, name: call.custom.name, input: call.custom.input };
    return { kind: 'called', id: call.id, name: call.function.name, input: call.function.arguments };
  });
  const said: Entry = { kind: 'said', role, text, attachments };
  return text === '' && calls.length > 0 ? calls : [said, ...calls];
}

function contentOf(content: string | readonly Part[]): {
  readonly text: string;
  readonly attachments: readonly Attachment[];
} {
  if (typeof content === 'string') return { text: content, attachments: [] };
  const texts = content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  return { text: texts.join(' '), attachments: content.flatMap(attachmentsOf) };
}

function attachmentsOf(part: Part): readonly Attachment[] {
  if (part.type === 'image_url') return [{ kind: 'picture', ...sourceOf(part.image_url.url) }];
  if (part.type === 'input_audio') return [{ kind: 'sound', url: null, data: part.input_audio.data }];
  return part.type === 'file' ? [{ kind: 'file', ...sourceOf(part.file.file_data ?? '') }] : [];
}

function toolOf(tool: z.output<typeof toolSchema>): DeclaredTool {
  if (tool.type === 'custom') return { name: tool.custom.name, namespace: null, kind: 'custom', schema: null };
  return { name: tool.function.name, namespace: null, kind: 'function', schema: tool.function.parameters };
}

function choiceOf(choice: z.output<typeof choiceSchema>): ToolChoice {
  if (choice === 'auto' || choice === 'none') return { kind: choice };
  if (choice === 'required') return { kind: 'forced', names: [] };
  if ('allowed_tools' in choice && typeof choice.allowed_tools === 'object' && choice.allowed_tools !== null) {
    const allowed = z.looseObject({ mode: z.string(), tools: z.array(namedSchema) }).parse(choice.allowed_tools);
    return allowed.mode === 'auto' ? { kind: 'auto' } : { kind: 'forced', names: allowed.tools.flatMap(namesOf) };
  }
  return { kind: 'forced', names: namesOf(namedSchema.parse(choice)) };
}

function namesOf(named: z.output<typeof namedSchema>): readonly string[] {
  const name = named.function?.name ?? named.custom?.name;
  return name === undefined ? [] : [name];
}

function outputOf(format: z.output<typeof formatSchema>): WantedOutput {
  if (format.type === 'json_schema') return { kind: 'schema', schema: format.json_schema.schema };
  return { kind: format.type === 'json_object' ? 'json' : 'text' };
}
