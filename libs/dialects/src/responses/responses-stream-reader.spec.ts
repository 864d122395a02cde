import { describe, expect, it } from '@jest/globals';

import { EventSplitter } from '../sse/event-splitter.js';
import type { TurnEvent } from '../turn/turn-event.js';
import { recordedStream, recordedStreams } from './recorded.js';
import { responsesTurns } from './responses-turns.js';

const traits = { reasoningExcluded: false, reasoningUntold: false, oneSearchPerPrompt: false };

function read(bytes: Buffer, cut = bytes.length): { events: TurnEvent[]; output: number | null } {
  const reader = responsesTurns.openReader(traits);
  const splitter = new EventSplitter();
  const events: TurnEvent[] = [];
  for (const piece of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
    for (const { name, data } of splitter.split(piece)) {
      if (data !== null) events.push(...(reader.read({ name, data: data.toString() }) ?? []));
    }
  }
  events.push(...reader.end());
  return { events, output: reader.usage.usage?.output ?? null };
}

/** What was told, without what the reader makes of its order. */
function told(events: readonly TurnEvent[]): string {
  return events.map((event) => (event.kind === 'delta' ? event.text : '')).join('');
}

function sse(events: readonly object[]): Buffer {
  return Buffer.from(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
}

describe('reading a stream of Responses', () => {
  it.each(recordedStreams())('tells %s alike wherever it is cut', (name) => {
    const bytes = recordedStream(name);
    const whole = read(bytes);
    for (let cut = 1; cut < bytes.length; cut += 13) expect(read(bytes, cut)).toEqual(whole);
  });

  it('begins and ends every part once, before the finish', () => {
    for (const name of recordedStreams()) {
      const { events } = read(recordedStream(name));
      const begun = events.filter(({ kind }) => kind === 'part_begun').length;
      expect(events.filter(({ kind }) => kind === 'part_ended')).toHaveLength(begun);
      const last = events.findLastIndex(({ kind }) => kind === 'part_ended');
      expect(last).toBeLessThan(events.findIndex(({ kind }) => kind === 'finish' || kind === 'failed'));
    }
  });

  it('tells text, usage and a natural end', () => {
    const { events, output } = read(recordedStream('responses-text.sse'));
    expect(told(events)).toBe('Hello from stub');
    expect(output).toBe(20);
    expect(events.slice(-2)).toEqual([
      { kind: 'finish', choice: 0, reason: 'stop', stopSequence: null },
      { kind: 'over' },
    ]);
    expect(events[0]).toMatchObject({ kind: 'begun', id: 'resp_1a202bd8de40000000000000', createdSeconds: 1795342306 });
  });

  it('keeps the seal of reasoning with its text', () => {
    const { events } = read(recordedStream('responses-reasoning-text.sse'));
    const part = events.find((event) => event.kind === 'part_begun');
    expect(part).toMatchObject({ part: 0, is: { type: 'reasoning', told: 'summary', isRedacted: false } });
    expect(events).toContainEqual({
      kind: 'seal',
      choice: 0,
      part: 0,
      seal: { origin: 'openai', value: 'gAAAAABstub-encrypted' },
    });
  });

  it('tells calls of both forms as calls', () => {
    const patch = read(recordedStream('responses-custom_tool_call-apply_patch.sse')).events;
    expect(told(patch)).toBe('*** Begin Patch\n*** Add File: hello.txt\n+hello patched\n*** End Patch\n');
    expect(patch.at(-2)).toMatchObject({ kind: 'finish', reason: 'tool_calls' });
    const exec = read(recordedStream('responses-function_call.sse')).events;
    expect(exec[1]).toMatchObject({ is: { name: 'exec_command', callId: 'call_abc123', form: 'function' } });
  });

  it('tells an upstream that sends whole items alone', () => {
    expect(told(read(recordedStream('responses-codex-minimal.sse')).events)).toBe('bare item');
    const output = [{ type: 'function_call', call_id: 'c', name: 'f', arguments: '{"a":1}' }];
    const only = read(sse([{ type: 'response.completed', response: { id: 'r', object: 'response', output } }]));
    expect(told(only.events)).toBe('{"a":1}');
    expect(only.events.at(-2)).toMatchObject({ reason: 'tool_calls' });
  });

  it('says why an answer was cut or failed', () => {
    expect(read(recordedStream('responses-incomplete-max_output_tokens.sse')).events.at(-2)).toMatchObject({
      reason: 'length',
    });
    expect(read(recordedStream('responses-failed-insufficient_quota.sse')).events.at(-1)).toEqual({
      kind: 'failed',
      failure: { message: 'Balance exhausted', type: null, code: 'insufficient_quota' },
    });
    expect(read(sse([{ type: 'error', code: 'rate_limit_exceeded', message: 'slow down' }])).events).toEqual([
      { kind: 'failed', failure: { message: 'slow down', type: null, code: 'rate_limit_exceeded' } },
    ]);
  });

  it('tells two summaries of one thought as one part', () => {
    const { events } = read(
      sse([
        { type: 'response.output_item.added', output_index: 0, item: { type: 'reasoning', id: 'rs_1', summary: [] } },
        { type: 'response.reasoning_summary_text.delta', output_index: 0, summary_index: 0, delta: 'one' },
        { type: 'response.reasoning_summary_text.delta', output_index: 0, summary_index: 1, delta: 'two' },
        {
          type: 'response.output_item.done',
          output_index: 0,
          item: {
            type: 'reasoning',
            id: 'rs_1',
            summary: [{ type: 'summary_text', text: 'one' }],
            encrypted_content: 'E',
          },
        },
      ]),
    );
    expect(told(events)).toBe('one\n\ntwo');
    expect(events.filter(({ kind }) => kind === 'part_begun')).toHaveLength(1);
  });

  it('gives a picture as media, and nothing for events it does not know', () => {
    const { events } = read(
      sse([
        { type: 'response.web_search_call.searching', output_index: 0 },
        { type: 'response.of.tomorrow', output_index: 7 },
        {
          type: 'response.output_item.done',
          output_index: 1,
          item: { type: 'image_generation_call', result: 'aGk=', output_format: 'webp' },
        },
      ]),
    );
    expect(events).toContainEqual({
      kind: 'part_begun',
      choice: 0,
      part: 0,
      is: { type: 'media', mediaType: 'image/webp', data: 'aGk=' },
    });
    expect(events).toHaveLength(3);
  });

  it('refuses what is no event and never throws', () => {
    const reader = responsesTurns.openReader(traits);
    for (const data of ['{', '[]', '1', 'null']) expect(reader.read({ name: null, data })).toBeNull();
    for (const type of ['response.completed', 'response.output_item.done', 'response.output_text.delta', 'error']) {
      expect(() =>
        reader.read({ name: null, data: JSON.stringify({ type, response: 1, item: [], delta: 3 }) }),
      ).not.toThrow();
    }
    expect(reader.read({ name: null, data: '[DONE]' })).toEqual([]);
  });
});
