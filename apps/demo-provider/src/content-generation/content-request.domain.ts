import { z } from 'zod';

import type { Attachment, DeclaredTool, Entry, ToolChoice, WantedOutput } from '../turn/conversation.domain.js';
import { firstIssue, positiveInteger } from '../turn/schemas.domain.js';
import { isSealOf } from '../turn/seal.domain.js';
import { invalid, type TurnReading } from '../turn/turn-dialect.domain.js';
import { contentSpeech } from './content-answer.domain.js';

const partSchema = z.looseObject({
  text: z.string().optional(),
  thought: z.boolean().optional(),
  thoughtSignature: z.string().optional(),
  inlineData: z.looseObject({ mimeType: z.string(), data: z.string() }).optional(),
  fileData: z.looseObject({ fileUri: z.string() }).optional(),
  functionCall: z.looseObject({ id: z.string().optional(), name: z.string(), args: z.unknown().optional() }).optional(),
  functionResponse: z
    .looseObject({ id: z.string().optional(), name: z.string(), response: z.record(z.string(), z.unknown()) })
    .optional(),
});
type Part = z.output<typeof partSchema>;
const contentSchema = z.looseObject({
  role: z.enum(['user', 'model', 'function']).optional(),
  parts: z.array(partSchema).min(1),
});
const declarationSchema = z.looseObject({
  name: z.string(),
  parameters: z.unknown().optional(),
  parametersJsonSchema: z.unknown().optional(),
});

const requestSchema = z.looseObject({
  contents: z.array(contentSchema).min(1),
  systemInstruction: z.looseObject({ parts: z.array(partSchema) }).nullish(),
  tools: z.array(z.looseObject({ functionDeclarations: z.array(declarationSchema).optional() })).nullish(),
  toolConfig: z
    .looseObject({
      functionCallingConfig: z
        .looseObject({
          mode: z.enum(['AUTO', 'ANY', 'NONE', 'VALIDATED']).optional(),
          allowedFunctionNames: z.array(z.string()).optional(),
        })
        .optional(),
    })
    .nullish(),
  generationConfig: z
    .looseObject({
      maxOutputTokens: positiveInteger.nullish(),
      stopSequences: z.array(z.string()).nullish(),
      candidateCount: positiveInteger.max(8).nullish(),
      responseMimeType: z.string().nullish(),
      responseSchema: z.unknown().optional(),
      responseJsonSchema: z.unknown().optional(),
      thinkingConfig: z.looseObject({ includeThoughts: z.boolean().nullish() }).nullish(),
    })
    .nullish(),
});
type Request = z.output<typeof requestSchema>;

/** What the path says of a call: `/v1beta/models/MODEL:streamGenerateContent?alt=sse`. */
export interface ContentPath {
  readonly model: string;
  readonly stream: boolean;
  /** Events; otherwise a stream is one JSON array. */
  readonly events: boolean;
}

/** Reads the body of `:generateContent` and `:streamGenerateContent`. */
export function readContentRequest(body: unknown, { model, stream, events }: ContentPath): TurnReading {
  const parsed = requestSchema.safeParse(body);
  if (!parsed.success) {
    const { param, message } = firstIssue(parsed.error);
    return invalid(param, message);
  }
  const request = parsed.data;
  const foreign = request.contents
    .flatMap(({ parts }) => parts)
    .find(({ thoughtSignature: seal }) => seal !== undefined && !isSealOf('gemini', seal));
  if (foreign !== undefined) return invalid('contents', 'Thought signature is not valid');
  const config = request.generationConfig ?? {};
  const conversation = {
    model,
    entries: entriesOf(request),
    tools: toolsOf(request),
    toolChoice: choiceOf(request),
    parallelCalls: true,
    output: outputOf(request),
    maxTokens: config.maxOutputTokens ?? null,
    stops: config.stopSequences ?? [],
    choices: config.candidateCount ?? 1,
    stream,
    user: null,
  };
  return { conversation, speech: contentSpeech({ thoughts: config.thinkingConfig?.includeThoughts ?? false, events }) };
}

function entriesOf({ systemInstruction, contents }: Request): readonly Entry[] {
  const system = (systemInstruction?.parts ?? []).map((part) => part.text ?? '').join(' ');
  const first: readonly Entry[] =
    system === '' ? [] : [{ kind: 'said', role: 'system', text: system, attachments: [] }];
  return [
    ...first,
    ...contents.flatMap(({ role, parts }) => contentEntries(role === 'model' ? 'assistant' : 'user', parts)),
  ];
}

/** Calls without an id are told apart by their name alone. */
function contentEntries(role: 'user' | 'assistant', parts: readonly Part[]): readonly Entry[] {
  const texts = parts.flatMap(({ text, thought }) => (text === undefined || thought === true ? [] : [text]));
  const attachments = parts.flatMap(attachmentsOf);
  const said: readonly Entry[] =
    texts.length + attachments.length === 0 ? [] : [{ kind: 'said', role, text: texts.join(' '), attachments }];
  const returned = parts.flatMap(({ functionResponse: told }): readonly Entry[] =>
    told === undefined ? [] : [{ kind: 'returned', id: told.id ?? told.name, text: resultText(told.response) }],
  );
  const called = parts.flatMap(({ functionCall: call }): readonly Entry[] =>
    call === undefined
      ? []
      : [{ kind: 'called', id: call.id ?? call.name, name: call.name, input: JSON.stringify(call.args ?? {}) }],
  );
  return [...returned, ...said, ...called];
}

/** A result is an object; the usual members for plain text are told as that text. */
function resultText(response: Readonly<Record<string, unknown>>): string {
  const text = response['output'] ?? response['result'] ?? response['error'];
  return typeof text === 'string' ? text : JSON.stringify(response);
}

function attachmentsOf({ inlineData, fileData }: Part): readonly Attachment[] {
  if (fileData !== undefined) return [{ kind: 'file', url: fileData.fileUri, data: null }];
  if (inlineData === undefined) return [];
  const [family] = inlineData.mimeType.split('/');
  const kind = family === 'image' ? 'picture' : family === 'audio' ? 'sound' : 'file';
  return [{ kind, url: null, data: inlineData.data }];
}

function toolsOf({ tools }: Request): readonly DeclaredTool[] {
  return (tools ?? [])
    .flatMap(({ functionDeclarations }) => functionDeclarations ?? [])
    .map(({ name, parameters, parametersJsonSchema }) => ({
      name,
      namespace: null,
      kind: 'function',
      schema: parametersJsonSchema ?? parameters,
    }));
}

function choiceOf({ toolConfig }: Request): ToolChoice {
  const { mode = 'AUTO', allowedFunctionNames = [] } = toolConfig?.functionCallingConfig ?? {};
  if (mode === 'NONE') return { kind: 'none' };
  return mode === 'ANY' ? { kind: 'forced', names: allowedFunctionNames } : { kind: 'auto' };
}

function outputOf({ generationConfig }: Request): WantedOutput {
  const schema = generationConfig?.responseJsonSchema ?? generationConfig?.responseSchema;
  if (generationConfig?.responseMimeType !== 'application/json') return { kind: 'text' };
  return schema === undefined || schema === null ? { kind: 'json' } : { kind: 'schema', schema };
}
