import { describe, expect, it } from '@jest/globals';

import { chatTurns } from '../chat/chat-dialect.js';
import { clients, played, translated, violationsOf } from './client-turns.js';

const MB = 1024 * 1024;

function chunk(delta: object, finish: string | null = null): string {
  const choices = [{ index: 0, delta, finish_reason: finish, logprobs: null }];
  return `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices })}\n\n`;
}

const usage = 'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":9,"total_tokens":10}}\n\n';
const named = { index: 0, id: 'c1', type: 'function', function: { name: 'get_weather', arguments: '' } };

function called(pieces: readonly string[]): Buffer {
  const deltas = pieces.map((text) => chunk({ tool_calls: [{ index: 0, function: { arguments: text } }] }));
  return Buffer.from([chunk({ tool_calls: [named] }), ...deltas, chunk({}, 'tool_calls'), usage].join(''));
}

describe.each(clients.map((client) => [client.name, client] as const))('a large stream for %s', (name, client) => {
  it('brings arguments of 1 MB in one event, and in 64 KB reads', () => {
    const bytes = called([`{"city":"${'ü'.repeat(MB / 2)}"}`]);
    const reads = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_unused, place) =>
      bytes.subarray(place * 65_536, (place + 1) * 65_536),
    );
    const told = played(translated(client, chatTurns), reads);
    expect(told.facts).toMatchObject({ phase: 'complete' });
    expect(violationsOf(name, told.bytes)).toEqual([]);
    expect(told.bytes.length).toBeGreaterThan(MB);
  });

  it('brings twenty thousand events of one letter', () => {
    const text = Array.from({ length: 20_000 }, () => chunk({ content: 'a' })).join('');
    const told = played(translated(client, chatTurns), [Buffer.from(`${text}${chunk({}, 'stop')}${usage}`)]);
    expect(told.facts).toMatchObject({ phase: 'complete' });
    expect(violationsOf(name, told.bytes)).toEqual([]);
  });
});
