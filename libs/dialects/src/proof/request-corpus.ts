import { readdirSync, readFileSync } from 'node:fs';

import * as fc from 'fast-check';

import { isRecord, parsedJson } from '../json/records.js';
import { turnUpstreams } from '../turn-readers.js';
import type { ClientDialect, ClientTurnDialect } from '../turn/turn-dialect.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { clients, asked } from './client-turns.js';
import { turns } from './turn-arbitraries.js';

/** A sound request that damage starts from. */
export interface SoundRequest {
  readonly client: ClientDialect;
  readonly path: string;
  readonly document: JsonRecord;
}

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** Requests that use much of what a dialect has. */
const rich: Readonly<Record<ClientTurnDialect, readonly JsonRecord[]>> = {
  chat: [
    {
      model: 'm',
      messages: [
        { role: 'developer', content: [{ type: 'text', text: 'be brief', cache_control: { type: 'ephemeral' } }] },
        {
          role: 'user',
          name: 'ann',
          content: [
            { type: 'image_url', image_url: { url: `data:image/png;base64,${png}`, detail: 'low' } },
            { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } },
            { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          reasoning_details: [
            { type: 'reasoning.text', text: 'hm', signature: 's', format: 'anthropic-claude-v1', index: 0 },
            { type: 'reasoning.encrypted', data: 'e', format: 'openai-responses-v1', id: 'rs_1', index: 1 },
          ],
          tool_calls: [
            { id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
            { id: 'c2', type: 'custom', custom: { name: 'patch', input: 'free text' } },
          ],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'r' },
        { role: 'tool', tool_call_id: 'c2', content: [{ type: 'text', text: 'r' }] },
        { role: 'assistant', function_call: { name: 'g', arguments: '{}' }, refusal: 'no' },
        { role: 'function', name: 'g', content: 'x' },
      ],
      tools: [
        { type: 'function', function: { name: 'f', parameters: { type: 'object' }, strict: true } },
        {
          type: 'custom',
          custom: { name: 'patch', format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'a' } } },
        },
      ],
      tool_choice: {
        type: 'allowed_tools',
        allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'f' } }] },
      },
      response_format: { type: 'json_schema', json_schema: { name: 'a', schema: { type: 'object' }, strict: true } },
      reasoning: { effort: 'high', exclude: false },
      logprobs: true,
      top_logprobs: 2,
      stop: ['x'],
      seed: 7,
      metadata: { a: 'b' },
      stream: true,
      stream_options: { include_usage: true },
    },
  ],
  messages: [
    {
      model: 'm',
      max_tokens: 4000,
      system: [{ type: 'text', text: 'be brief', cache_control: { type: 'ephemeral', ttl: '1h' } }],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } },
            { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'x' }, title: 't' },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm', signature: 's' },
            { type: 'redacted_thinking', data: 'x' },
            { type: 'text', text: 'ok' },
            { type: 'tool_use', id: 't1', name: 'f', input: { a: 1 } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 't1', is_error: true, content: [{ type: 'text', text: 'r' }] },
            { type: 'text', text: 'go on' },
          ],
        },
      ],
      tools: [{ name: 'f', description: 'd', input_schema: { type: 'object' } }],
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
      thinking: { type: 'enabled', budget_tokens: 2000 },
      metadata: { user_id: 'u' },
      stop_sequences: ['x'],
      stream: true,
    },
  ],
  responses: [],
  gemini: [
    {
      contents: [
        { role: 'user', parts: [{ text: 'hi' }, { inlineData: { mimeType: 'image/png', data: png } }] },
        { role: 'model', parts: [{ functionCall: { name: 'f', args: { a: 1 } }, thoughtSignature: 'c2ln' }] },
        { role: 'user', parts: [{ functionResponse: { name: 'f', response: { output: 'r' } } }] },
      ],
      systemInstruction: { parts: [{ text: 'be brief' }] },
      tools: [{ functionDeclarations: [{ name: 'f', parameters: { type: 'OBJECT' } }] }],
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } },
      generationConfig: {
        maxOutputTokens: 10,
        responseMimeType: 'application/json',
        thinkingConfig: { thinkingBudget: 9 },
      },
    },
  ],
};

/** Requests of Codex, hand-written ones, and random turns as every dialect says them. */
export function soundRequests(): SoundRequest[] {
  const sampled = fc.sample(turns, { numRuns: 12, seed: 1 });
  return clients.flatMap((client) => {
    const { path, document } = asked[client.name];
    const upstream = turnUpstreams.find(({ name }) => name === client.name);
    const written = sampled.flatMap((turn) => {
      const writing = upstream?.writeRequest(turn, {
        model: 'm',
        maxTokens: null,
        maxOutputTokens: 8000,
        maxTokensKey: null,
      });
      return writing === undefined || 'problem' in writing ? [] : [writing.body];
    });
    const recorded = client.name === 'responses' ? codexRequests() : [];
    return [document, ...rich[client.name], ...written, ...recorded].map((body) => ({ client, path, document: body }));
  });
}

function codexRequests(): JsonRecord[] {
  const folder = new URL('../../fixtures/codex/', import.meta.url);
  return readdirSync(folder).flatMap((name) => {
    const request = parsedJson(readFileSync(new URL(encodeURIComponent(name), folder)).toString());
    return isRecord(request) ? [request] : [];
  });
}
