import { describe, expect, it } from '@jest/globals';

import type { UpstreamDialect } from '../call/call.js';
import { isRecord, listOf } from '../json/records.js';
import { sealText } from '../turn/seal-envelope.js';
import { recordedRequest, recordedRequests } from './recorded.js';
import { callOf, simple, targetOf } from './sample-calls.js';

function sent(body: unknown, dialect: UpstreamDialect): Record<string, unknown> {
  const one = callOf(body);
  expect(one.problemFor(dialect)).toBeNull();
  const document: unknown = JSON.parse(Buffer.concat([...one.request(targetOf(dialect)).body]).toString());
  return isRecord(document) ? document : {};
}

const unreadable = ['after-compaction-item.json'];

describe.each<UpstreamDialect>(['chat', 'messages', 'gemini'])('Codex on a model that speaks %s', (dialect) => {
  it.each(recordedRequests().filter((name) => !unreadable.includes(name)))('sends %s', (name) => {
    const body = sent(recordedRequest(name), dialect);
    const text = JSON.stringify(body);
    expect(text).not.toContain('encrypted_content');
    expect(text).not.toContain('gAAAAABstub');
    expect(text).toContain('<environment_context>');
  });

  it('cannot read what another provider has compacted, and says so', () => {
    expect(callOf(recordedRequest('after-compaction-item.json')).problemFor(dialect)).toMatchObject({
      code: 'unsupported_parameter',
      param: 'input[4]',
    });
  });
});

describe('a request of Responses in another dialect', () => {
  it('keeps speakers, calls and their results in their order', () => {
    const { messages } = sent(recordedRequest('turn1b-parallel-calls.json'), 'chat');
    const roles = listOf(messages).map((message) => (isRecord(message) ? message['role'] : null));
    expect(roles).toEqual(['system', 'system', 'user', 'user', 'assistant', 'tool', 'tool']);
    const calls = listOf(messages).at(4);
    expect(isRecord(calls) ? listOf(calls['tool_calls']) : []).toHaveLength(2);
  });

  it('says custom and namespaced tools as functions, those in the input too', () => {
    const { tools } = sent(recordedRequest('turn1-gpt-6.1-sol-responses-lite.json'), 'chat');
    const names = listOf(tools).map((tool) =>
      isRecord(tool) && isRecord(tool['function']) ? tool['function']['name'] : '',
    );
    expect(names).toContain('functions__exec');
    expect(names).toContain('clock__sleep');
    expect(new Set(names).size).toBe(names.length);
  });

  it('keeps the schema, the effort and the picture', () => {
    expect(sent(recordedRequest('turn1-output-schema.json'), 'chat')).toMatchObject({
      response_format: { type: 'json_schema', json_schema: { name: 'codex_output_schema', strict: true } },
    });
    expect(sent(recordedRequest('turn1-effort-service_tier.json'), 'chat')).toMatchObject({ reasoning_effort: 'high' });
    expect(JSON.stringify(sent(recordedRequest('turn1-image-input.json'), 'chat'))).toContain(
      'data:image/png;base64,iVBOR',
    );
  });

  it('gives a signature of another provider back to it', () => {
    const seal = { origin: 'anthropic', value: 'SIGNATURE' } as const;
    const reasoning = { type: 'reasoning', summary: [], encrypted_content: sealText(seal, { text: 'I think' }) };
    const input = [
      { role: 'user', content: 'hi' },
      reasoning,
      { role: 'assistant', content: 'yes' },
      { role: 'user', content: 'go' },
    ];
    const { messages } = sent({ ...simple, input }, 'messages');
    expect(JSON.stringify(messages)).toContain('"signature":"SIGNATURE"');
    expect(JSON.stringify(messages)).toContain('"thinking":"I think"');
  });

  it('refuses what only OpenAI has, by its path', () => {
    const refused: readonly (readonly [object, string])[] = [
      [{ input: [{ type: 'mcp_call', id: 'm' }] }, 'input[0].type'],
      [{ input: [{ role: 'user', content: [{ type: 'input_video' }] }] }, 'input[0].content[0].type'],
      [{ tools: [{ type: 'file_search', vector_store_ids: [] }] }, 'tools[0].type'],
      [{ tool_choice: { type: 'mcp', server_label: 'x' } }, 'tool_choice.type'],
      [{ truncation: 'auto' }, 'truncation'],
      [{ something_new: 1 }, 'something_new'],
      [{ text: { format: { type: 'odd' } } }, 'text.format.type'],
    ];
    for (const [members, param] of refused) {
      expect(callOf({ ...simple, ...members }).problemFor('chat')).toMatchObject({
        code: 'unsupported_parameter',
        param,
      });
    }
    const image = { type: 'input_image', image_url: 'data:image/png;base64,%%%' };
    expect(callOf({ ...simple, input: [{ role: 'user', content: [image] }] }).problemFor('chat')).toMatchObject({
      code: 'invalid_parameter',
      param: 'input[0].content[0].image_url',
    });
  });

  it('takes Codex at its word that it can do without a search, and nobody else', () => {
    const body = { ...simple, tools: [{ type: 'web_search', filters: { allowed_domains: ['a.com'] } }] };
    expect(callOf(body).problemFor('chat')).toBeNull();
    expect(callOf(body, {}).problemFor('chat')).not.toBeNull();
  });
});
