import { describe, expect, it } from '@jest/globals';

import { nextCalls } from './agent-step.domain.js';
import type { Conversation, DeclaredTool, Entry } from './conversation.domain.js';

const weather: DeclaredTool = {
  name: 'get_weather',
  namespace: null,
  kind: 'function',
  schema: { type: 'object', properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 2 } } },
};
const tool = (name: string, schema: unknown = { type: 'object', properties: {} }): DeclaredTool => ({
  name,
  namespace: null,
  kind: 'function',
  schema,
});
const patchTool: DeclaredTool = { name: 'apply_patch', namespace: null, kind: 'custom', schema: null };
const codexShell = tool('exec_command', { type: 'object', properties: { cmd: { type: 'string' } } });
const bash = tool('Bash', { type: 'object', properties: { command: { type: 'string' } } });

const user = (text: string): Entry => ({ kind: 'said', role: 'user', text, attachments: [] });
const called = (name: string): Entry => ({ kind: 'called', id: name, name, input: '{}' });
const returned = (name: string): Entry => ({ kind: 'returned', id: name, text: 'done' });

function ask(entries: readonly Entry[], changes: Partial<Conversation>): readonly [string, string][] {
  const calls = nextCalls({
    model: 'demo-echo',
    entries,
    tools: [weather],
    toolChoice: { kind: 'auto' },
    parallelCalls: true,
    output: { kind: 'text' },
    maxTokens: null,
    stops: [],
    choices: 1,
    stream: false,
    user: null,
    ...changes,
  });
  return calls.map(({ tool: { name }, input }) => [name, input]);
}

describe('the calls that an answer makes', () => {
  it.each([
    ['call get_weather {"city":"Paris {1}"}', [['get_weather', '{"city":"Paris {1}"}']]],
    ['Please use the tool `get_weather` with {"city":"Rome"}.', [['get_weather', '{"city":"Rome"}']]],
    ['call get_weather', [['get_weather', '{"city":"city","days":2}']]],
    [
      'call get_weather {"city":"A"} and call get_weather {"city":"B"}',
      [
        ['get_weather', '{"city":"A"}'],
        ['get_weather', '{"city":"B"}'],
      ],
    ],
    ['call no_such_tool {"a":1}', []],
    ['What is the weather?', []],
  ])('%s', (text, expected) => {
    expect(ask([user(text)], {})).toEqual(expected);
  });

  it('are made one after another where they may not be made at once, and once each', () => {
    const asked = user('call get_weather {"city":"A"} and call get_weather {"city":"B"}');
    const rounds = [asked, called('one'), returned('one')];
    expect(ask([asked], { parallelCalls: false })).toEqual([['get_weather', '{"city":"A"}']]);
    expect(ask(rounds, { parallelCalls: false })).toEqual([['get_weather', '{"city":"B"}']]);
    expect(ask(rounds, {})).toEqual([]);
  });

  it('go on behind the word then with the next step, whatever an agent notes beside a result', () => {
    const note = user('<system-reminder>Files have changed: call get_weather {}</system-reminder>');
    const entries = [
      user('call get_weather {"city":"A"} then call get_weather {"city":"B"}'),
      called('one'),
      returned('one'),
      note,
    ];
    expect(ask(entries, {})).toEqual([['get_weather', '{"city":"B"}']]);
  });

  it('follow a forced choice, with a value of the schema where nothing was said', () => {
    const other = { tools: [weather, tool('answer', { type: 'object', properties: { ok: { type: 'boolean' } } })] };
    expect(ask([user('Hello')], { ...other, toolChoice: { kind: 'forced', names: ['answer'] } })).toEqual([
      ['answer', '{"ok":true}'],
    ]);
    expect(ask([user('call get_weather {}')], { toolChoice: { kind: 'none' } })).toEqual([]);
  });

  it('find a tool in its namespace and by the last part of a flattened name', () => {
    const tools = [{ ...weather, namespace: 'city' }, tool('mcp__files__read')];
    expect(ask([user('call city.get_weather {"city":"A"}')], { tools })).toEqual([['get_weather', '{"city":"A"}']]);
    expect(ask([user('call read {}')], { tools })).toEqual([['mcp__files__read', '{}']]);
  });

  it('give a custom tool its text as it is, and its function under input', () => {
    const text = 'use the tool apply_patch with ```\n*** Begin Patch\n*** End Patch\n```';
    expect(ask([user(text)], { tools: [patchTool] })).toEqual([['apply_patch', '*** Begin Patch\n*** End Patch\n']]);
    const asFunction = tool('apply_patch', { type: 'object', properties: { input: { type: 'string' } } });
    expect(ask([user(text)], { tools: [asFunction] })).toEqual([
      ['apply_patch', JSON.stringify({ input: '*** Begin Patch\n*** End Patch\n' })],
    ]);
  });

  it.each([
    [[codexShell, patchTool], [['exec_command', JSON.stringify({ cmd: "printf %s 'Hello you\n' > hello.txt" })]]],
    [[bash], [['Bash', JSON.stringify({ command: "printf %s 'Hello you\n' > hello.txt" })]]],
    [[patchTool], [['apply_patch', '*** Begin Patch\n*** Add File: hello.txt\n+Hello you\n*** End Patch\n']]],
    [[tool('Write')], [['Write', JSON.stringify({ file_path: '/project/hello.txt', content: 'Hello you\n' })]]],
    [[weather], []],
  ])('create a file with the tools that a coding agent has (%#)', (tools, expected) => {
    const system: Entry = {
      kind: 'said',
      role: 'system',
      text: 'Primary working directory: /project\n',
      attachments: [],
    };
    expect(ask([system, user('Create a file hello.txt with "Hello you".')], { tools })).toEqual(expected);
  });

  it('edit a file: read first where the agent wants it, else by a patch', () => {
    const text = 'Edit the file /w/a.txt: replace "old" with "new"';
    const tools = [tool('Read'), tool('Edit'), bash];
    expect(ask([user(text)], { tools })).toEqual([['Read', '{"file_path":"/w/a.txt"}']]);
    expect(ask([user(text), called('r'), returned('r')], { tools })).toEqual([
      ['Edit', '{"file_path":"/w/a.txt","old_string":"old","new_string":"new"}'],
    ]);
    expect(ask([user(text)], { tools: [patchTool] })).toEqual([
      ['apply_patch', '*** Begin Patch\n*** Update File: /w/a.txt\n@@\n-old\n+new\n*** End Patch\n'],
    ]);
    expect(ask([user('run `ls -la`')], { tools })).toEqual([['Bash', '{"command":"ls -la"}']]);
  });
});
