import { describe, expect, it } from '@jest/globals';
import { responsesResourceViolations, responsesStreamViolations } from '@apilink/testing';

import type { UpstreamDialect } from '../call/call.js';
import { isRecord, listOf } from '../json/records.js';
import { openedEnvelope } from '../turn/seal-envelope.js';
import { recordedRequest, recordedStream } from './recorded.js';
import { callOf, closing, face, none, simple, targetOf, responsesEvents } from './sample-calls.js';

function sent(body: unknown, dialect: UpstreamDialect): Record<string, unknown> {
  const one = callOf(body);
  expect(one.problemFor(dialect)).toBeNull();
  const document: unknown = JSON.parse(Buffer.concat([...one.request(targetOf(dialect)).body]).toString());
  return isRecord(document) ? document : {};
}

function chunk(delta: object, reason: string | null) {
  const choices = [{ index: 0, delta, finish_reason: reason }];
  return { id: 'c1', object: 'chat.completion.chunk', created: 5, model: 'up', choices };
}

function chunks(deltas: readonly object[], finish: string): Buffer {
  const usage = { ...chunk({}, null), choices: [], usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } };
  const events = [...deltas.map((delta) => chunk(delta, null)), chunk({}, finish), usage];
  const text = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
  return Buffer.from(`${text}data: [DONE]\n\n`);
}

/** What the client is told of a chat upstream's stream. */
function toldOf(body: unknown, stream: Buffer, step = stream.length): Buffer {
  const answer = callOf(body).openStream(targetOf('chat'), face);
  const out: Buffer[] = [];
  for (let at = 0; at < stream.length; at += step) out.push(answer.feed(stream.subarray(at, at + step)) ?? none);
  out.push(answer.end() ?? none, answer.finish(closing));
  return Buffer.concat(out);
}

function outputOf(told: Buffer): Record<string, unknown>[] {
  const last = responsesEvents(told).at(-1)?.event['response'];
  return isRecord(last) ? listOf(last['output']).filter(isRecord) : [];
}

function toolCall(name: string, parts: readonly string[], index = 0): object[] {
  const [first = '', ...rest] = parts;
  const begun = { index, id: `call_${index}`, type: 'function', function: { name, arguments: first } };
  return [begun, ...rest.map((piece) => ({ index, function: { arguments: piece } }))].map((one) => ({
    tool_calls: [one],
  }));
}

describe('a chat stream told as Responses', () => {
  it('tells text by the grammar wherever its reads end', () => {
    const bytes = recordedStream('chat-text.sse');
    const once = toldOf(simple, bytes);
    expect(responsesStreamViolations(once, { end: 'whole' })).toEqual([]);
    for (const step of [1, 11]) expect(toldOf(simple, bytes, step).toString()).toBe(once.toString());
    expect(outputOf(once)).toMatchObject([
      { type: 'message', status: 'completed', content: [{ type: 'output_text' }] },
    ]);
  });

  it.each(['chat-reasoning_content.sse', 'chat-tool_call.sse'])('tells %s by the grammar', (name) => {
    expect(responsesStreamViolations(toldOf(simple, recordedStream(name)), { end: 'whole' })).toEqual([]);
  });

  it('tells a custom tool of Codex as one, while its input comes', () => {
    const patch = '*** Begin Patch\n*** Add File: a.txt\n+"é"\n*** End Patch\n';
    const written = JSON.stringify({ input: patch });
    const pieces = [written.slice(0, 20), written.slice(20, 45), written.slice(45)];
    const told = toldOf(recordedRequest('turn1-gpt-5.5.json'), chunks(toolCall('apply_patch', pieces), 'tool_calls'));
    expect(responsesStreamViolations(told, { end: 'whole' })).toEqual([]);
    expect(outputOf(told)).toEqual([
      expect.objectContaining({ type: 'custom_tool_call', name: 'apply_patch', call_id: 'call_0', input: patch }),
    ]);
    const deltas = responsesEvents(told).filter(({ type }) => type === 'response.custom_tool_call_input.delta');
    expect(deltas.length).toBeGreaterThan(1);
  });

  it('tells namespaced tools, searches of tools and parallel calls as Codex declared them', () => {
    const stream = chunks(
      [...toolCall('clock__sleep', ['{"ms":1}']), ...toolCall('functions__wait', ['{}'], 1)],
      'tool_calls',
    );
    const told = toldOf(recordedRequest('turn1-gpt-6.1-sol-responses-lite.json'), stream);
    expect(responsesStreamViolations(told, { end: 'whole' })).toEqual([]);
    expect(outputOf(told)).toMatchObject([
      { type: 'function_call', name: 'sleep', namespace: 'clock', arguments: '{"ms":1}' },
      { type: 'function_call', name: 'wait', namespace: 'functions' },
    ]);
    const search = chunks(toolCall('tool_search', ['{"query":"x"}']), 'tool_calls');
    const found = toldOf(recordedRequest('turn1-gpt-5.5.json'), search);
    expect(responsesStreamViolations(found, { end: 'whole' })).toEqual([]);
    expect(outputOf(found)).toMatchObject([
      { type: 'tool_search_call', execution: 'client', call_id: 'call_0', arguments: { query: 'x' } },
    ]);
  });

  it('tells calls whose deltas alternate as two items', () => {
    const [one, two] = [toolCall('a', ['{"x":', '1}']), toolCall('b', ['{"y":', '2}'], 1)];
    const mixed = [one[0], two[0], one[1], two[1]].flatMap((delta) => delta ?? []);
    const told = toldOf(simple, chunks(mixed, 'tool_calls'));
    expect(responsesStreamViolations(told, { end: 'whole' })).toEqual([]);
    expect(outputOf(told)).toMatchObject([
      { name: 'a', arguments: '{"x":1}' },
      { name: 'b', arguments: '{"y":2}' },
    ]);
  });

  it('compacts a conversation with a model that has no compaction of its own, and opens it again', () => {
    const request = recordedRequest('remote-compaction_trigger-provider-named-OpenAI.json');
    const told = toldOf(request, chunks([{ content: 'The summary.' }], 'stop'));
    expect(responsesStreamViolations(told, { end: 'whole' })).toEqual([]);
    const [item] = outputOf(told);
    expect(item).toMatchObject({ type: 'compaction' });
    const next = { ...simple, input: [item, { role: 'user', content: 'go on' }] };
    expect(JSON.stringify(sent(next, 'chat'))).toContain('The summary.');
  });

  it('tells a megabyte of arguments', () => {
    const pieces = Array.from({ length: 1000 }, () => 'x'.repeat(1000));
    const told = toldOf(simple, chunks(toolCall('f', ['{"a":"', ...pieces, '"}']), 'tool_calls'));
    expect(responsesStreamViolations(told, { end: 'whole' })).toEqual([]);
    expect(String(outputOf(told)[0]?.['arguments'])).toHaveLength(1_000_008);
  });

  it('ends as incomplete where the limit of output was met, or the hold ran out', () => {
    const told = toldOf(simple, chunks([{ content: 'half' }], 'length'));
    expect(responsesStreamViolations(told, { end: 'whole' })).toEqual([]);
    expect(responsesEvents(told).at(-1)?.event).toMatchObject({
      type: 'response.incomplete',
      response: { incomplete_details: { reason: 'max_output_tokens' } },
    });
    const answer = callOf(simple).openStream(targetOf('chat'), face);
    const text = chunks([{ content: 'one' }, { content: 'two' }], 'stop').toString();
    const begun = answer.feed(Buffer.from(text.slice(0, text.indexOf('two'))));
    const all = Buffer.concat([begun ?? none, answer.finish(closing)]);
    expect(responsesStreamViolations(all, { end: 'whole' })).toEqual([]);
    expect(outputOf(all)).toMatchObject([{ status: 'incomplete', content: [{ text: 'one' }] }]);
  });

  it('repeats the request in the response, and keeps the same resource for later', () => {
    const body = {
      ...simple,
      instructions: 'be nice',
      metadata: { a: 'b' },
      temperature: 0.5,
      tools: [{ type: 'function', name: 'f' }],
    };
    const answer = callOf(body).openStream(targetOf('chat'), face);
    answer.feed(chunks([{ content: 'x' }], 'stop'));
    answer.finish(closing);
    const resource: unknown = JSON.parse(answer.resource?.toString() ?? '');
    expect(isRecord(resource) ? responsesResourceViolations(resource) : ['no object']).toEqual([]);
    expect(resource).toMatchObject({
      instructions: 'be nice',
      metadata: { a: 'b' },
      temperature: 0.5,
      tools: body.tools,
      completed_at: 9,
    });
  });
});

describe('a Messages stream told as Responses', () => {
  it('carries the signature with the thinking that it signs', () => {
    const bytes = recordedStream('anthropic-thinking-text.sse');
    const answer = callOf(simple).openStream(targetOf('messages'), face);
    const told = Buffer.concat([answer.feed(bytes) ?? none, answer.end() ?? none, answer.finish(closing)]);
    expect(responsesStreamViolations(told, { end: 'whole' })).toEqual([]);
    const [reasoning] = outputOf(told);
    expect(reasoning).toMatchObject({ type: 'reasoning', content: [{ type: 'reasoning_text' }] });
    const envelope = openedEnvelope(String(reasoning?.['encrypted_content']));
    const [content] = listOf(reasoning?.['content']);
    expect(envelope).toMatchObject({ seal: { origin: 'anthropic' }, text: isRecord(content) ? content['text'] : null });
  });
});

describe('a whole answer told as Responses', () => {
  it('is a response with every required field', () => {
    const body = Buffer.from(
      JSON.stringify({
        id: 'c1',
        object: 'chat.completion',
        created: 5,
        model: 'up',
        choices: [
          {
            index: 0,
            finish_reason: 'tool_calls',
            message: {
              role: 'assistant',
              content: 'Let me look.',
              tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } }],
            },
          },
        ],
        usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
      }),
    );
    const answer = callOf({ ...simple, stream: false }).readAnswer(body, targetOf('chat'), face);
    const written: unknown = JSON.parse(answer.write(closing, false).body.toString());
    expect(isRecord(written) ? responsesResourceViolations(written) : ['no object']).toEqual([]);
    expect(written).toMatchObject({
      id: 'resp_1',
      status: 'completed',
      output: [
        { type: 'message', content: [{ text: 'Let me look.' }] },
        { type: 'function_call', call_id: 'call_1' },
      ],
    });
  });
});
