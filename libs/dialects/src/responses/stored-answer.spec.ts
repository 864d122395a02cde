import { describe, expect, it } from '@jest/globals';

import { listedOutput, readResource, referredItems, replayedOutput, toldUnstored } from './stored-answer.js';

const message = { id: 'msg_1', type: 'message', role: 'assistant', content: [] };
const call = { id: 'fc_1', type: 'function_call', call_id: 'c', name: 'n', arguments: '{}' };
const bare = { id: 'rs_1', type: 'reasoning', summary: [] };
const whole = { ...bare, encrypted_content: 'sealed' };
const resource = (output: readonly object[]): Buffer => Buffer.from(JSON.stringify({ id: 'resp_1', output }));

describe('a stored answer', () => {
  it('is known by its id and those of its items', () => {
    expect(readResource(resource([whole, call]))).toEqual({ id: 'resp_1', itemIds: ['rs_1', 'fc_1'] });
    for (const text of ['', 'null', '[]', '{}', '{"id":""}', '{"id":7}']) {
      expect(readResource(Buffer.from(text))).toBeNull();
    }
  });

  it('goes on in a later request with the ids that tie its items together', () => {
    expect(replayedOutput(resource([whole, call, message]))).toEqual([whole, call, message]);
  });

  it('goes on without any id where its reasoning cannot, which a provider would miss behind them', () => {
    const { id: _call, ...callOnly } = call;
    expect(replayedOutput(resource([bare, call]))).toEqual([callOnly]);
    expect(listedOutput(resource([bare, call]))).toEqual([bare, call]);
    expect([...referredItems(resource([bare, call]))]).toEqual([
      ['rs_1', 'left_out'],
      ['fc_1', callOnly],
    ]);
    expect(referredItems(resource([whole, call])).get('fc_1')).toEqual(call);
  });

  it('that was not kept says so, and every other byte stays', () => {
    const kept = '{"id":"resp_1","n":1.0,"store" : true,"output":[{"store":true}]}';
    const bytes = Buffer.from(`event: response.completed\ndata: {"response":${kept}}\n\n`);
    const expected = bytes.toString().replace('"store" : true', '"store" : false');
    expect(toldUnstored(bytes, Buffer.from(kept)).toString()).toBe(expected);
    expect(toldUnstored(Buffer.from(kept), Buffer.from(kept)).toString()).toContain('"store" : false');
    expect(toldUnstored(bytes, Buffer.from('{"id":"resp_2"}'))).toBe(bytes);
  });
});
