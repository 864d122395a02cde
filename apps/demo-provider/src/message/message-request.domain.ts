import { z } from 'zod';

import type { Attachment, DeclaredTool, Entry, ToolChoice } from '../turn/conversation.domain.js';
import { firstIssue, positiveInteger } from '../turn/schemas.domain.js';
import { isSealOf } from '../turn/seal.domain.js';
import { invalid, type TurnReading } from '../turn/turn-dialect.domain.js';
import { messageSpeech } from './message-answer.domain.js';

const sourceSchema = z.looseObject({
  type: z.string(),
  data: z.string().optional(),
  url: z.string().optional(),
});
const textSchema = z.looseObject({ type: z.literal('text'), text: z.string() });
const pictureSchema = z.looseObject({ type: z.literal('image'), source: sourceSchema });
const documentSchema = z.looseObject({ type: z.literal('document'), source: sourceSchema });
const innerSchema = z.discriminatedUnion('type', [
  textSchema,
  pictureSchema,
  documentSchema,
  z.looseObject({ type: z.literal('tool_reference') }),
]);
const blockSchema = z.discriminatedUnion('type', [
  textSchema,
  pictureSchema,
  documentSchema,
  z.looseObject({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() }),
  z.looseObject({ type: z.literal('redacted_thinking'), data: z.string() }),
  z.looseObject({ type: z.literal('tool_use'), id: z.string().min(1), name: z.string(), input: z.unknown() }),
  z.looseObject({
    type: z.literal('tool_result'),
    tool_use_id: z.string(),
    content: z.union([z.string(), z.array(innerSchema)]).nullish(),
  }),
]);
type Block = z.output<typeof blockSchema>;

const messageSchema = z.looseObject({
  role: z.enum(['user', 'assistant', 'system']),
  content: z.union([z.string(), z.array(blockSchema)]),
});
const toolSchema = z.looseObject({
  type: z.string().nullish(),
  name: z.string(),
  input_schema: z.unknown().optional(),
});
const choiceSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('auto'), disable_parallel_tool_use: z.boolean().nullish() }),
  z.looseObject({ type: z.literal('any'), disable_parallel_tool_use: z.boolean().nullish() }),
  z.looseObject({
    type: z.literal('tool'),
    name: z.string(),
    disable_parallel_tool_use: z.boolean().nullish(),
  }),
  z.looseObject({ type: z.literal('none') }),
]);
const formatSchema = z.looseObject({ type: z.literal('json_schema'), schema: z.unknown() });

const promptMembers = {
  model: z.string().min(1).max(200),
  messages: z.array(messageSchema).min(1),
  system: z.union([z.string(), z.array(textSchema)]).nullish(),
  tools: z.array(toolSchema).nullish(),
};
const countSchema = z.looseObject(promptMembers);
const requestSchema = z.looseObject({
  ...promptMembers,
  max_tokens: positiveInteger,
  stream: z.boolean().nullish(),
  stop_sequences: z.array(z.string()).nullish(),
  tool_choice: choiceSchema.nullish(),
  thinking: z.looseObject({ type: z.string(), display: z.string().nullish() }).nullish(),
  output_config: z.looseObject({ format: formatSchema.nullish() }).nullish(),
  thread: z.unknown().optional(),
  metadata: z.looseObject({ user_id: z.string().nullish() }).nullish(),
});
type Prompt = z.output<typeof countSchema>;

/** Reads the body of `POST /v1/messages`. */
export function readMessageRequest(body: unknown): TurnReading {
  const parsed = requestSchema.safeParse(body);
  if (!parsed.success) return refused(parsed.error);
  const request = parsed.data;
  if (request.thread !== undefined)
    return {
      refusal: {
        status: 400,
        message: 'thread: This provider keeps no threads. Send the whole conversation without it.',
        code: 'thread_unsupported_request',
        param: 'thread',
      },
    };
  const foreign = foreignSignature(request);
  if (foreign !== null) return invalid(foreign, `${foreign}: Invalid \`signature\` in \`thinking\` block`);
  const choice = request.tool_choice ?? { type: 'auto' as const };
  const { thinking } = request;
  const format = request.output_config?.format ?? null;
  const conversation = {
    model: request.model,
    entries: entriesOf(request),
    tools: toolsOf(request),
    toolChoice: choiceOf(choice),
    parallelCalls: !('disable_parallel_tool_use' in choice && choice.disable_parallel_tool_use === true),
    output: format === null ? { kind: 'text' as const } : { kind: 'schema' as const, schema: format.schema },
    maxTokens: request.max_tokens,
    stops: request.stop_sequences ?? [],
    choices: 1,
    stream: request.stream ?? false,
    user: request.metadata?.user_id ?? null,
  };
  const wanted = thinking !== null && thinking !== undefined && thinking.type !== 'disabled';
  const speech = messageSpeech({ thinking: wanted ? (thinking.display === 'omitted' ? 'omitted' : 'shown') : 'none' });
  return { conversation, speech };
}

/** Reads the body of `POST /v1/messages/count_tokens`. */
export function readCountRequest(
  body: unknown,
): { readonly entries: readonly Entry[] } | Extract<TurnReading, { refusal: unknown }> {
  const parsed = countSchema.safeParse(body);
  return parsed.success ? { entries: entriesOf(parsed.data) } : refused(parsed.error);
}

function refused(error: z.ZodError): Extract<TurnReading, { refusal: unknown }> {
  const { param, message } = firstIssue(error);
  return invalid(param, message);
}

/** Where thinking stands whose signature this provider has not made. */
function foreignSignature({ messages }: Prompt): string | null {
  for (const [at, { content }] of messages.entries()) {
    if (typeof content === 'string') continue;
    const index = content.findIndex((block) => block.type === 'thinking' && !isSealOf('messages', block.signature));
    if (index !== -1) return `messages.${at}.content.${index}`;
  }
  return null;
}

function entriesOf({ system, messages }: Prompt): readonly Entry[] {
  const texts = typeof system === 'string' ? [system] : (system ?? []).map(({ text }) => text);
  const first = texts.map((text): Entry => ({ kind: 'said', role: 'system', text, attachments: [] }));
  return [...first, ...messages.flatMap(({ role, content }) => messageEntries(role, content))];
}

/** Calls and results on their own; everything else of a message is one thing said. */
function messageEntries(role: 'user' | 'assistant' | 'system', content: string | readonly Block[]): readonly Entry[] {
  if (typeof content === 'string') return [{ kind: 'said', role, text: content, attachments: [] }];
  const texts = content.flatMap((block) => (block.type === 'text' ? [block.text] : []));
  const attachments = content.flatMap(attachmentsOf);
  const said: readonly Entry[] =
    texts.length + attachments.length === 0 ? [] : [{ kind: 'said', role, text: texts.join(' '), attachments }];
  const called = content.flatMap((block): readonly Entry[] =>
    block.type === 'tool_use'
      ? [{ kind: 'called', id: block.id, name: block.name, input: JSON.stringify(block.input ?? {}) }]
      : [],
  );
  const returned = content.flatMap((block): readonly Entry[] =>
    block.type === 'tool_result'
      ? [{ kind: 'returned', id: block.tool_use_id, text: resultText(block.content ?? '') }]
      : [],
  );
  return [...returned, ...said, ...called];
}

function resultText(content: string | readonly z.output<typeof innerSchema>[]): string {
  if (typeof content === 'string') return content;
  return content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n');
}

function attachmentsOf(block: Block): readonly Attachment[] {
  if (block.type !== 'image' && block.type !== 'document') return [];
  const { url = null, data = null } = block.source;
  return [{ kind: block.type === 'image' ? 'picture' : 'file', url, data }];
}

/** Tools that the vendor runs itself have a type of their own and are not declared by a schema. */
function toolsOf({ tools }: Prompt): readonly DeclaredTool[] {
  return (tools ?? [])
    .filter(({ type }) => type === null || type === undefined || type === 'custom')
    .map(({ name, input_schema: schema }) => ({ name, namespace: null, kind: 'function', schema }));
}

function choiceOf(choice: z.output<typeof choiceSchema>): ToolChoice {
  if (choice.type === 'auto' || choice.type === 'none') return { kind: choice.type };
  return { kind: 'forced', names: choice.type === 'any' ? [] : [choice.name] };
}
