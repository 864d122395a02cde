import { describe, expect, it } from '@jest/globals';

import { COMPACTION_START, compactedAnswer, compactionRequest, withSummaries } from './compaction.js';

const parsed = (bytes: Buffer): Record<string, unknown> => JSON.parse(bytes.toString());
const hexadecimal = (bytes: Buffer): Buffer => Buffer.from(bytes.toString('hex'));
const user = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] };

describe('a compaction', () => {
  it('is a turn over the same context that asks for a summary, keeps nothing and calls no tool', () => {
    const reading = compactionRequest(Buffer.from('{"model":"m","input":"hi","instructions":"be kind","tools":[{}]}'));
    if (!('body' in reading)) throw new Error('it is refused');
    const request = parsed(reading.body);
    expect(request).toMatchObject({ model: 'm', instructions: 'be kind', store: false, tool_choice: 'none' });
    expect(request['input']).toEqual([user, expect.objectContaining({ role: 'user' })]);
  });

  it('is refused as a stream, and a broken body is left to the reading of the call', () => {
    expect(compactionRequest(Buffer.from('{"stream":true}'))).toMatchObject({ param: 'stream' });
    expect(compactionRequest(Buffer.from('{'))).toEqual({ body: Buffer.from('{') });
  });

  it('comes back as the messages of the user and one sealed item, which opens as a message of a later request', () => {
    const resource = {
      id: 'resp_1',
      created_at: 7,
      model: 'm',
      usage: { input_tokens: 3 },
      output: [{ type: 'reasoning' }, { type: 'message', content: [{ type: 'output_text', text: 'They greeted.' }] }],
    };
    const told = parsed(
      compactedAnswer({
        resource: Buffer.from(JSON.stringify(resource)),
        items: [user, { type: 'message', role: 'assistant', content: [] }],
        itemId: 'cmp_1',
        seal: hexadecimal,
      }),
    );
    expect(told).toMatchObject({ id: 'resp_1', object: 'response.compaction', usage: { input_tokens: 3 } });
    expect(told['output']).toEqual([
      user,
      { id: 'cmp_1', type: 'compaction', encrypted_content: expect.stringMatching(/^apl1c\./) },
    ]);
    expect(JSON.stringify(told)).not.toContain('greeted');

    const next = Buffer.from(JSON.stringify({ model: 'm', input: told['output'] }));
    const opened = withSummaries(next, (sealed) => Buffer.from(sealed.toString(), 'hex'));
    if (!('body' in opened)) throw new Error('it does not open');
    expect(parsed(opened.body)['input']).toEqual([
      user,
      {
        type: 'message',
        role: 'user',
        content: [{ type: 'input_text', text: expect.stringMatching(/They greeted\.$/) }],
      },
    ]);
  });

  it('of another account is named by its path, and one of a provider stays as it is', () => {
    const ours = `{"input":["x",{"type":"compaction","encrypted_content":"${COMPACTION_START}AAAA"}]}`;
    expect(withSummaries(Buffer.from(ours), () => null)).toEqual({ param: 'input[1].encrypted_content' });
    const foreign = Buffer.from('{"input":[{"type":"compaction","encrypted_content":"gAAAA"}]}');
    expect(withSummaries(foreign, () => null)).toEqual({ body: foreign });
    const spoken = Buffer.from(`{"input":[{"role":"user","content":"${COMPACTION_START}"}],"x":1.0}`);
    expect(withSummaries(spoken, () => null)).toEqual({ body: spoken });
  });
});
