import { describe, expect, it } from '@jest/globals';

import { inputItemsOf, readResponsesDocument, replayedRequest, resourceItems, withItems } from './stored-items.js';

function bytes(text: string): Buffer {
  return Buffer.from(text);
}

const reference = (id: string): string => `{"type":"item_reference","id":"${id}"}`;
const reasoningLeftOut = (id: string) => (id === 'rs' ? 'left_out' : { id });
const stored = [{ type: 'message', role: 'user', content: 'before' }];

function resolved(input: string): unknown {
  const result = withItems(bytes(`{"input":${input},"n":1.0}`), reasoningLeftOut);
  return 'body' in result ? result.body.toString() : result;
}

describe('what the store reads of a request', () => {
  it('keeps answers unless the client says otherwise', () => {
    expect(readResponsesDocument(bytes('{"model":"m","input":"hi"}'))).toEqual({
      previousResponseId: null,
      store: true,
      asksStore: false,
      referencedIds: [],
    });
    const told = readResponsesDocument(bytes('{"store":false,"previous_response_id":"resp_1","input":[]}'));
    expect(told).toEqual({ previousResponseId: 'resp_1', store: false, asksStore: false, referencedIds: [] });
  });

  it('finds references to items, and no text that only speaks of them', () => {
    const body = '{"input":[{"type":"item_reference","id":"rs_1"},{"role":"user","content":"item_reference"}]}';
    expect(readResponsesDocument(bytes(body)).referencedIds).toEqual(['rs_1']);
  });

  it('leaves out what cannot go on, wherever it stands', () => {
    const [gone, kept] = [reference('rs'), reference('m')];
    expect(resolved(`[ ${gone} , 1.0 , ${gone}, ${kept} , ${gone} ]`)).toBe('{"input":[1.0,{"id":"m"}],"n":1.0}');
    expect(resolved(`[${gone}]`)).toBe('{"input":[],"n":1.0}');
  });

  it('never throws on a body that is no request', () => {
    for (const text of [
      '',
      '[]',
      '{"a\\u12":1}',
      '{"input":',
      '{"input":[{"type":"item_reference"',
      'null',
      '{"a":1,,}',
    ]) {
      expect(() => readResponsesDocument(bytes(text))).not.toThrow();
      expect(() => replayedRequest(bytes(text), stored)).not.toThrow();
      expect(() => withItems(bytes(text), () => null)).not.toThrow();
      expect(() => inputItemsOf(bytes(text))).not.toThrow();
    }
  });

  it('lists the input as whole messages', () => {
    expect(inputItemsOf(bytes('{"input":"hi"}'))).toEqual([
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] },
    ]);
    expect(inputItemsOf(bytes('{"input":[{"role":"assistant","content":"a"},{"type":"function_call"}]}'))).toEqual([
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'a' }] },
      { type: 'function_call' },
    ]);
  });
});

describe('a replayed request', () => {
  it('has the stored items in front and every other byte as it was', () => {
    const body =
      '{"model": "m", "previous_response_id":"resp_1", "input": [ {"role":"user","content":1.0} ], "x": 1e400}';
    expect(replayedRequest(bytes(body), stored).toString()).toBe(
      '{"model": "m", "input": [{"type":"message","role":"user","content":"before"}, {"role":"user","content":1.0} ], "x": 1e400}',
    );
  });

  it.each([
    ['{"input":"hi \\u00e9","previous_response_id":"r"}', ['before', 'hi é']],
    ['{"previous_response_id":"r","input":[]}', ['before']],
    ['{"model":"m","previous_response_id":"r"}', ['before']],
    ['{"input":null,"previous_response_id":"r"}', ['before']],
  ])('is whole JSON for %s', (body, contents) => {
    const replayed: unknown = JSON.parse(replayedRequest(bytes(body), stored).toString());
    expect(replayed).not.toHaveProperty('previous_response_id');
    expect(replayed).toMatchObject({ input: contents.map((content) => ({ role: 'user', content })) });
  });
});

describe('items by reference', () => {
  it('stand where their references stood', () => {
    const body = bytes('{"input":[{"type":"item_reference","id":"a"}, {"role":"user","content":"x"}]}');
    const made = withItems(body, (id) => ({ type: 'reasoning', id }));
    expect('body' in made ? made.body.toString() : made).toBe(
      '{"input":[{"type":"reasoning","id":"a"}, {"role":"user","content":"x"}]}',
    );
    expect(withItems(body, () => null)).toEqual({ missing: 'a' });
  });

  it('are the output of a stored response, without reasoning that nobody could go on with', () => {
    const output = [
      { type: 'reasoning', id: 'rs_1', summary: [] },
      { type: 'reasoning', id: 'rs_2', summary: [], encrypted_content: 'x' },
      { type: 'message', id: 'msg_1' },
    ];
    expect(resourceItems({ output })).toEqual(output.slice(1));
    expect(resourceItems(bytes(JSON.stringify({ output })))).toEqual(output.slice(1));
    expect(resourceItems(bytes('no json'))).toEqual([]);
  });
});
