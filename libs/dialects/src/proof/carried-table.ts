import { isDeepStrictEqual } from 'node:util';

import { chatClient } from '../chat/chat-dialect.js';
import { turnUpstreams } from '../turn-readers.js';
import type { UpstreamTurns } from '../turn/turn-dialect.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { sourceOf } from './client-turns.js';

const hi = { role: 'user', content: 'hi' };
const base: JsonRecord = { model: 'm', messages: [hi] };
const look = { type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } };
const call = { id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } };

function said(content: readonly JsonRecord[]): JsonRecord {
  return { messages: [{ role: 'user', content }] };
}

/** What a chat client can say, and the base beside which it is said. */
const probes: readonly (readonly [name: string, members: JsonRecord, beside?: JsonRecord])[] = [
  ['`max_tokens`, `max_completion_tokens`', { max_tokens: 77 }],
  ['`temperature` below 1', { temperature: 0.7 }],
  ['`top_p`', { top_p: 0.9 }],
  ['`top_k`', { top_k: 5 }],
  ['`seed`', { seed: 7 }],
  ['`stop`', { stop: ['x'] }],
  ['`presence_penalty`, `frequency_penalty`', { presence_penalty: 0.5 }],
  ['`logit_bias`', { logit_bias: { '1': 5 } }],
  ['`logprobs`, `top_logprobs`', { logprobs: true, top_logprobs: 2 }],
  ['`n` above 1', { n: 2 }],
  [
    'instructions behind the first turn',
    { messages: [hi, { role: 'assistant', content: 'ok' }, { role: 'system', content: 's' }, hi] },
  ],
  ["a speaker's `name`", { messages: [{ ...hi, name: 'ann' }] }],
  ['functions', { tools: [look] }],
  ['custom tools', { tools: [{ type: 'custom', custom: { name: 'patch' } }] }],
  ['`tool_choice` of one tool', { tool_choice: { type: 'function', function: { name: 'look' } } }, { tools: [look] }],
  ['`parallel_tool_calls: false`', { parallel_tool_calls: false }, { tools: [look] }],
  [
    'calls and their results',
    { messages: [hi, { role: 'assistant', tool_calls: [call] }, { role: 'tool', tool_call_id: 'c1', content: 'r' }] },
  ],
  ['`web_search_options`', { web_search_options: {} }],
  [
    'a JSON schema as the format',
    { response_format: { type: 'json_schema', json_schema: { name: 'a', schema: { type: 'object' } } } },
  ],
  ['`json_object`', { response_format: { type: 'json_object' } }],
  ['`reasoning_effort`', { reasoning_effort: 'high' }],
  ['`reasoning.max_tokens`', { reasoning: { max_tokens: 2000 } }],
  ['`verbosity`', { verbosity: 'low' }],
  ['a picture by its bytes', said([{ type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }])],
  ['a picture by its address', said([{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }])],
  [
    'a PDF by its bytes',
    said([{ type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } }]),
  ],
  ['a file by its id', said([{ type: 'file', file: { file_id: 'file_1' } }])],
  ['sound', said([{ type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } }])],
  ['`cache_control` of a part', said([{ type: 'text', text: 'hi', cache_control: { type: 'ephemeral' } }])],
  ['`service_tier: "priority"`', { service_tier: 'priority' }],
  ['`user`', { user: 'u' }],
  ['`prompt_cache_key`', { prompt_cache_key: 'k' }],
  ['`metadata`, `store`, `safety_identifier`', { metadata: { a: 'b' }, store: true, safety_identifier: 's' }],
  ['`prediction`', { prediction: { type: 'content', content: 'x' } }],
  ['`modalities` with sound', { modalities: ['text', 'audio'] }],
  ['a member that nobody knows', { novel: 1 }],
];

/** Every row: what is said, and what becomes of it in each dialect of an upstream. */
export function carriedRows(): string[][] {
  const head = ['said in chat', ...turnUpstreams.map(({ name }) => name)];
  const rows = probes.map(([name, members, beside]) => [
    name,
    ...turnUpstreams.map((upstream) => fateOf(upstream, members, beside ?? {})),
  ]);
  return [head, ...rows];
}

function fateOf(upstream: UpstreamTurns, members: JsonRecord, beside: JsonRecord): string {
  const before = writtenIn(upstream, { ...base, ...beside });
  const after = writtenIn(upstream, { ...base, ...beside, ...members });
  if (after === null) return 'refused';
  return isDeepStrictEqual(before, after) ? 'left out' : 'carried';
}

/** Null when it is refused. */
function writtenIn(upstream: UpstreamTurns, document: JsonRecord): JsonRecord | null {
  const reading = chatClient.readTurn(document, sourceOf('/v1/chat/completions', document));
  if ('problem' in reading) return null;
  const target = { model: 'claude-opus-4-5', maxTokens: null, maxOutputTokens: 64_000, maxTokensKey: null };
  const writing = upstream.writeRequest(reading.turn, target);
  return 'problem' in writing ? null : writing.body;
}
