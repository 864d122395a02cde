import { describe, expect, it } from '@jest/globals';

import { CustomInputReader, customArguments, customInputOf } from './custom-input.js';
import { declaredToolsOf, withFunctionsOnly } from './function-forms.js';
import type { TurnRequest, TurnTool } from './turn-request.js';

const patch: TurnTool = {
  form: 'custom',
  name: 'apply_patch',
  namespace: null,
  description: 'Edits files.',
  grammar: { syntax: 'lark', definition: 'start: "x"' },
};

function tool(name: string, namespace: string | null): TurnTool {
  return { form: 'function', name, namespace, description: null, parameters: null, strict: null, cache: null };
}

function turnWith(tools: readonly TurnTool[], parts: TurnRequest['messages'][number]['parts'] = []): TurnRequest {
  return {
    model: 'm',
    messages: [{ role: 'assistant', parts, name: null }],
    tools,
    toolChoice: { kind: 'tool', name: 'apply_patch' },
    parallelToolCalls: null,
    format: { kind: 'text' },
    reasoning: null,
    sampling: {
      temperature: null,
      topP: null,
      topK: null,
      seed: null,
      stop: [],
      presencePenalty: null,
      frequencyPenalty: null,
      logitBias: null,
      topLogprobs: null,
    },
    maxTokens: null,
    choices: 1,
    stream: true,
    serviceTier: null,
    endUser: null,
    verbosity: null,
    promptCacheKey: null,
    metadata: {},
    extras: [],
  };
}

function namesOf(turn: TurnRequest): string[] {
  return turn.tools.map((one) => (one.form === 'web_search' ? 'web_search' : one.name));
}

describe('tools as plain functions', () => {
  it('gives a custom tool one text, and tells the model its grammar', () => {
    const [made] = withFunctionsOnly(turnWith([patch])).tools;
    expect(made).toMatchObject({ form: 'function', name: 'apply_patch', parameters: { required: ['input'] } });
    expect(made).toMatchObject({ description: expect.stringContaining('start: "x"') });
  });

  it('writes calls of earlier turns in the same form', () => {
    const call = {
      type: 'tool_call',
      callId: 'c1',
      name: 'exec',
      namespace: 'functions',
      form: 'custom',
      input: 'text "quoted"',
      seal: null,
      id: null,
      cache: null,
    } as const;
    const [message] = withFunctionsOnly(turnWith([patch], [call])).messages;
    expect(message?.parts[0]).toMatchObject({
      name: 'functions__exec',
      namespace: null,
      form: 'function',
      input: '{"input":"text \\"quoted\\""}',
    });
  });

  it('finds the declared tool again, also when names were cut or met', () => {
    const long = 'x'.repeat(80);
    const tools = [tool('sleep', 'clock'), tool('clock__sleep', null), tool(long, 'n'), tool(long, 'm'), patch];
    const names = namesOf(withFunctionsOnly(turnWith(tools)));
    expect(new Set(names).size).toBe(tools.length);
    for (const name of names) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    const declared = declaredToolsOf(tools);
    expect(names.map((name) => declared(name).namespace)).toEqual(['clock', null, 'n', 'm', null]);
    expect(declared('apply_patch').form).toBe('custom');
    expect(declared('unknown')).toEqual({ name: 'unknown', namespace: null, form: 'function' });
  });
});

describe('the input of a custom tool', () => {
  const input = '*** Begin Patch\n"quoted" \\ back\ttab é 🎉 \u0001 end';

  it('decodes the same text wherever its arguments are cut', () => {
    const escaped = `{ "input" : ${JSON.stringify(input).replace('🎉', String.raw`\ud83c\udf89`)} }`;
    for (const written of [customArguments(input), escaped]) {
      for (let at = 0; at <= written.length; at++) {
        const reader = new CustomInputReader();
        expect(reader.read(written.slice(0, at)) + reader.read(written.slice(at)) + reader.rest()).toBe(input);
      }
    }
  });

  it('never gives half of a character', () => {
    const reader = new CustomInputReader();
    const given = String.raw`{"input":"\ud83c\udf89"}`.split('').map((piece) => reader.read(piece));
    expect(given.filter((text) => text !== '')).toEqual(['🎉']);
  });

  it('takes a model at its word that forgot the object', () => {
    for (const written of ['plain text', '{"cmd":"x"}']) {
      const reader = new CustomInputReader();
      expect(reader.read(written) + reader.rest()).toBe(written);
    }
    expect(customInputOf('{"input":"a"}')).toBe('a');
    expect(customInputOf('"a"')).toBe('a');
  });

  it('decodes a megabyte that comes in small pieces in linear time', () => {
    const written = customArguments('a\n"b"'.repeat(200_000));
    const reader = new CustomInputReader();
    let length = 0;
    for (let at = 0; at < written.length; at += 7) length += reader.read(written.slice(at, at + 7)).length;
    expect(length).toBe(1_000_000);
  });
});
