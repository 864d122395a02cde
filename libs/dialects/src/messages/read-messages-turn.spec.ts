import { describe, expect, it } from '@jest/globals';

import { sealText } from '../turn/seal-envelope.js';
import { readMessagesTurn } from './read-messages-turn.js';
import { callOf, sent, target } from './sample-messages.js';

const hi = { model: 'm', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] };

function said(document: object): Record<string, unknown> {
  return sent(callOf({ ...hi, ...document }), target('chat'));
}

/** To Messages and back: what comes out is what the neutral model kept. */
function again(document: object, model?: string): Record<string, unknown> {
  return sent(callOf({ ...hi, ...document }), target('converse', model));
}

function refusal(document: object): unknown {
  return callOf({ ...hi, ...document }).problemFor('chat');
}

const block = (content: object): object => ({ messages: [{ role: 'user', content: [content] }] });
const png = { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' };

describe('a Messages request for a model that speaks another dialect', () => {
  it('keeps a whole turn of an agent: instructions, thinking, calls and results', () => {
    const document = {
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral', ttl: '1h' } }],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look' },
            { type: 'image', source: png },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm', signature: 'EqQB' },
            { type: 'redacted_thinking', data: 'xyz' },
            { type: 'text', text: 'I will.' },
            { type: 'tool_use', id: 'toolu_1', name: 'Bash', input: { command: 'ls' } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'toolu_1', is_error: true, content: [{ type: 'text', text: 'no' }] },
            { type: 'text', text: 'Go on' },
          ],
        },
      ],
      tools: [{ name: 'Bash', description: 'Runs', input_schema: { type: 'object', properties: {} }, strict: true }],
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
      stop_sequences: ['END'],
      metadata: { user_id: 'u' },
    };
    const { messages, ...rest } = document;
    expect(again(document)).toEqual({ model: 'claude-opus-4-5', max_tokens: 100, messages, ...rest });
    expect(said(document)).toMatchObject({
      messages: [
        { role: 'system' },
        { role: 'user' },
        {
          role: 'assistant',
          tool_calls: [{ id: 'toolu_1', function: { name: 'Bash', arguments: '{"command":"ls"}' } }],
        },
        { role: 'tool', tool_call_id: 'toolu_1' },
        { role: 'user' },
      ],
      tool_choice: 'required',
      parallel_tool_calls: false,
      stop: ['END'],
    });
  });

  it('gives Anthropic back its own thinking alone', () => {
    const envelope = sealText({ origin: 'openai', value: 'gAAA' });
    const content = [
      { type: 'thinking', thinking: 'mine', signature: 'EqQB' },
      { type: 'thinking', thinking: 'theirs', signature: envelope },
      { type: 'text', text: 'so' },
    ];
    const messages = [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content },
      { role: 'user', content: 'and?' },
    ];
    const told = JSON.stringify(again({ messages })['messages']);
    expect(told).toContain('EqQB');
    expect(told).not.toContain('theirs');
  });

  it('puts the seal of a call, which stands in a block of its own, back on the call', () => {
    const data = sealText({ origin: 'google', value: 'Sig' }, { callId: 'toolu_1' });
    const content = [
      { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} },
      { type: 'redacted_thinking', data },
    ];
    const messages = [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content },
    ];
    const reading = readMessagesTurn({ ...hi, messages });
    const turn = 'turn' in reading ? reading.turn : null;
    expect(turn?.messages[1]?.parts).toMatchObject([{ type: 'tool_call', seal: { origin: 'google', value: 'Sig' } }]);
  });

  it('names an end user in the 64 characters that every provider takes', () => {
    const told = said({ metadata: { user_id: 'user_'.repeat(40) } });
    expect(JSON.stringify(told)).toMatch(/"[0-9a-f]{64}"/);
    expect(JSON.stringify(said({ metadata: { user_id: 'short' } }))).toContain('"short"');
  });

  it('tells how hard to think, how to answer, and what it may see', () => {
    expect(again({ thinking: { type: 'enabled', budget_tokens: 50 }, max_tokens: 5000 })['thinking']).toEqual({
      type: 'enabled',
      budget_tokens: 1024,
    });
    const adaptive = { thinking: { type: 'adaptive', display: 'omitted' }, output_config: { effort: 'max' } };
    expect(again(adaptive, 'claude-opus-5')).toMatchObject(adaptive);
    expect(said(adaptive)).toMatchObject({ reasoning_effort: expect.any(String) });
    const format = { type: 'json_schema', schema: { type: 'object' } };
    expect(again({ output_config: { format } })['output_config']).toEqual({ format });
    expect(said({ output_config: { format } })).toMatchObject({
      response_format: { type: 'json_schema', json_schema: { schema: { type: 'object' }, strict: true } },
    });
  });

  it('reads documents of text and search results as text, PDFs as files', () => {
    const text = { type: 'document', title: 'T', source: { type: 'text', media_type: 'text/plain', data: 'body' } };
    const result = {
      type: 'search_result',
      title: 'S',
      source: 'https://s',
      content: [{ type: 'text', text: 'found' }],
    };
    const pdf = {
      type: 'document',
      title: 'p',
      source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
    };
    const blocks = { type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'inner' }] } };
    const told = JSON.stringify(again({ messages: [{ role: 'user', content: [text, result, pdf, blocks] }] }));
    expect(told).toContain('<document>\\nT\\nbody\\n</document>');
    expect(told).toContain('<search_result>\\nS\\nhttps://s\\nfound\\n</search_result>');
    expect(told).toContain('"title":"p"');
    expect(told).toContain('inner');
  });

  it('takes what only shapes caches and contexts at Anthropic, as Claude Code sends it', () => {
    const document = {
      cache_control: { type: 'ephemeral' },
      context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
      diagnostics: { previous_message_id: 'm' },
      mcp_servers: [],
      speed: 'standard',
    };
    expect(refusal(document)).toBeNull();
  });

  it.each([
    [block({ type: 'video', source: {} }), 'messages[0].content[0].type'],
    [block({ type: 'server_tool_use', id: 'a', name: 'web_search', input: {} }), 'messages[0].content[0].type'],
    [block({ type: 'image', source: { type: 'tape' } }), 'messages[0].content[0].source.type'],
    [block({ type: 'document', citations: { enabled: true }, source: png }), 'messages[0].content[0].citations'],
    [
      block({ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'tool_reference', tool_name: 'x' }] }),
      'messages[0].content[0].content[0].type',
    ],
    [{ tools: [{ type: 'bash_20250124', name: 'bash' }] }, 'tools[0].type'],
    [
      { tools: [{ type: 'web_search_20250305', name: 'web_search', blocked_domains: ['x'] }] },
      'tools[0].blocked_domains',
    ],
    [{ output_config: { task_budget: { total: 5 } } }, 'output_config.task_budget'],
    [{ container: 'c' }, 'container'],
    [{ speed: 'fast' }, 'speed'],
    [{ invented: true }, 'invented'],
    [{ max_tokens: 0 }, 'max_tokens'],
  ])('refuses %j by its path', (document, param) => {
    expect(refusal(document)).toMatchObject({ code: 'unsupported_parameter', param });
  });

  it.each([
    [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].role'],
    [{ messages: [{ role: 'user' }] }, 'messages[0].content'],
    [{ messages: [{ role: 'user', content: ['hi'] }] }, 'messages[0].content[0]'],
    [block({ type: 'text' }), 'messages[0].content[0].text'],
    [block({ type: 'tool_use', id: 'a', name: 'b', input: 'c' }), 'messages[0].content[0].input'],
    [block({ type: 'image' }), 'messages[0].content[0].source'],
    [{ tools: [{ name: 'x' }] }, 'tools[0].input_schema'],
    [{ tool_choice: { type: 'some' } }, 'tool_choice.type'],
    [{ thinking: { type: 'enabled' } }, 'thinking.budget_tokens'],
    [{ thinking: { type: 'hard' } }, 'thinking.type'],
    [{ temperature: 'hot' }, 'temperature'],
    [{ service_tier: 'gold' }, 'service_tier'],
    [{ system: [{ type: 'image', source: png }] }, 'system[0].type'],
  ])('tells what is wrong with %j, and where', (document, param) => {
    expect(refusal(document)).toMatchObject({ code: 'invalid_parameter', param });
  });
});
