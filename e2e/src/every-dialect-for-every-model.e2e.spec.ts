import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  chatStreamViolations,
  geminiStreamViolations,
  messagesStreamViolations,
  responsesStreamViolations,
} from '@apilink/testing';
import { z } from 'zod';

import { auditDifferences, Customer, generationOf } from './customer.js';
import { Instance } from './instance.js';

/** Models of which each has one upstream that speaks one dialect alone. */
const models = ['chat', 'responses', 'messages', 'gemini'].map((dialect) => `demo/${dialect}-only`);

const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const schema = {
  type: 'object',
  properties: { town: { type: 'string' }, hot: { type: 'boolean' } },
  required: ['town', 'hot'],
  additionalProperties: false,
};

interface Wish {
  readonly model: string;
  readonly text: string;
  readonly stream: boolean;
  readonly isTool?: boolean;
  readonly isFormatted?: boolean;
}

interface Ask {
  readonly path: string;
  readonly body: object;
}

interface Client {
  readonly ask: (wish: Wish) => Ask;
  readonly violations: (bytes: Buffer) => string[];
  /** The text of a whole answer. */
  readonly text: (answer: unknown) => string;
  /** The tool and the city that a whole answer calls it with. */
  readonly call: (answer: unknown) => { readonly name: string; readonly city: string };
}

const callInput = z.object({ city: z.string() });
const tool = { name: 'get_weather', description: 'The weather' };
const cityOf = (text: string): string => callInput.parse(JSON.parse(text)).city;

const chatAnswer = z.object({
  choices: z.array(
    z.object({
      message: z.object({
        content: z.string().nullable(),
        tool_calls: z.array(z.object({ function: z.object({ name: z.string(), arguments: z.string() }) })).default([]),
      }),
    }),
  ),
});
const message = z.object({
  content: z.array(
    z.object({
      type: z.string(),
      text: z.string().default(''),
      name: z.string().default(''),
      input: z.unknown().optional(),
    }),
  ),
});
const resource = z.object({
  output: z.array(
    z.object({
      type: z.string(),
      name: z.string().default(''),
      arguments: z.string().default(''),
      content: z.array(z.object({ text: z.string().default('') })).default([]),
    }),
  ),
});
const generated = z.object({
  candidates: z.array(
    z.object({
      content: z.object({
        parts: z.array(
          z.object({
            text: z.string().default(''),
            functionCall: z.object({ name: z.string(), args: z.unknown() }).optional(),
          }),
        ),
      }),
    }),
  ),
});

function found<Item>(item: Item | undefined): Item {
  if (item === undefined) throw new Error('the answer lacks it');
  return item;
}

const clients: Readonly<Record<string, Client>> = {
  chat: {
    ask: ({ model, text, stream, isTool, isFormatted }) => ({
      path: '/chat/completions',
      body: {
        model,
        stream,
        max_tokens: 60,
        messages: [{ role: 'user', content: text }],
        ...(isTool === true ? { tools: [{ type: 'function', function: { ...tool, parameters } }] } : {}),
        ...(isFormatted === true
          ? { response_format: { type: 'json_schema', json_schema: { name: 'town', schema, strict: true } } }
          : {}),
      },
    }),
    violations: (bytes) => chatStreamViolations(bytes, { asksUsage: false, end: 'whole' }),
    text: (answer) => found(chatAnswer.parse(answer).choices[0]).message.content ?? '',
    call: (answer) => {
      const { function: called } = found(found(chatAnswer.parse(answer).choices[0]).message.tool_calls[0]);
      return { name: called.name, city: cityOf(called.arguments) };
    },
  },
  messages: {
    ask: ({ model, text, stream, isTool, isFormatted }) => ({
      path: '/messages',
      body: {
        model,
        stream,
        max_tokens: 60,
        messages: [{ role: 'user', content: text }],
        ...(isTool === true ? { tools: [{ ...tool, input_schema: parameters }] } : {}),
        ...(isFormatted === true ? { output_config: { format: { type: 'json_schema', schema } } } : {}),
      },
    }),
    violations: (bytes) => messagesStreamViolations(bytes, { end: 'whole' }),
    text: (answer) =>
      message
        .parse(answer)
        .content.map(({ text }) => text)
        .join(''),
    call: (answer) => {
      const { name, input } = found(message.parse(answer).content.find(({ type }) => type === 'tool_use'));
      return { name, city: callInput.parse(input).city };
    },
  },
  responses: {
    ask: ({ model, text, stream, isTool, isFormatted }) => ({
      path: '/responses',
      body: {
        model,
        stream,
        max_output_tokens: 60,
        input: text,
        store: false,
        ...(isTool === true ? { tools: [{ type: 'function', ...tool, parameters, strict: false }] } : {}),
        ...(isFormatted === true
          ? { text: { format: { type: 'json_schema', name: 'town', schema, strict: true } } }
          : {}),
      },
    }),
    violations: (bytes) => responsesStreamViolations(bytes, { end: 'whole' }),
    text: (answer) =>
      resource
        .parse(answer)
        .output.flatMap(({ content }) => content.map(({ text }) => text))
        .join(''),
    call: (answer) => {
      const called = found(resource.parse(answer).output.find(({ type }) => type === 'function_call'));
      return { name: called.name, city: cityOf(called.arguments) };
    },
  },
  gemini: {
    ask: ({ model, text, stream, isTool, isFormatted }) => ({
      path: `/../v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
      body: {
        contents: [{ role: 'user', parts: [{ text }] }],
        generationConfig: {
          maxOutputTokens: 60,
          ...(isFormatted === true ? { responseMimeType: 'application/json', responseJsonSchema: schema } : {}),
        },
        ...(isTool === true
          ? { tools: [{ functionDeclarations: [{ ...tool, parametersJsonSchema: parameters }] }] }
          : {}),
      },
    }),
    violations: (bytes) => geminiStreamViolations(bytes, { end: 'whole' }),
    text: (answer) =>
      found(generated.parse(answer).candidates[0])
        .content.parts.map(({ text }) => text)
        .join(''),
    call: (answer) => {
      const part = found(generated.parse(answer).candidates[0]).content.parts.find(
        ({ functionCall }) => functionCall !== undefined,
      );
      const { name, args } = found(part?.functionCall);
      return { name, city: callInput.parse(args).city };
    },
  },
};

const pairs = Object.entries(clients).flatMap(([name, client]) =>
  models.map((model): [string, string, Client] => [name, model, client]),
);

describe('every dialect of a client, for every model whatever its provider speaks', () => {
  let instance: Instance;
  let customer: Customer;
  const charged: Promise<bigint>[] = [];

  beforeAll(async () => {
    instance = await Instance.start({ environment: { DEMO_TOKENS_PER_SECOND: '2000' } });
    customer = await Customer.create(instance, '5');
  }, 120_000);

  afterAll(async () => {
    await instance.dispose();
  }, 60_000);

  async function post({ path, body }: Ask): Promise<Response> {
    const response = await customer.post(path, body);
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    charged.push(
      customer.receipt(generationOf(response), 10_000).then(({ outcome, charge_nano_usd: charge }) => {
        expect(outcome).toBe('completed');
        return BigInt(charge);
      }),
    );
    return response;
  }

  it.each(pairs)('streams to a client of %s by its rules from %s', async (_name, model, client) => {
    const response = await post(client.ask({ model, text: 'Say something longer.', stream: true }));
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(client.violations(bytes)).toEqual([]);
  });

  it.each(pairs)('answers a client of %s whole from %s', async (_name, model, client) => {
    const response = await post(client.ask({ model, text: 'Say something.', stream: false }));
    expect(client.text(await response.json())).not.toBe('');
  });

  it.each(pairs)(
    'carries a call of a tool to a client of %s from %s, streamed and whole',
    async (_name, model, client) => {
      const text = 'call get_weather {"city":"Zürich"}';
      const whole = await post(client.ask({ model, text, stream: false, isTool: true }));
      expect(client.call(await whole.json())).toEqual({ name: 'get_weather', city: 'Zürich' });
      const streamed = await post(client.ask({ model, text, stream: true, isTool: true }));
      const bytes = Buffer.from(await streamed.arrayBuffer());
      expect(client.violations(bytes)).toEqual([]);
      expect(bytes.toString()).toContain('get_weather');
    },
  );

  it.each(pairs)('carries a wanted form of the answer from a client of %s to %s', async (_name, model, client) => {
    const response = await post(client.ask({ model, text: 'Which town?', stream: false, isFormatted: true }));
    const answered: unknown = JSON.parse(client.text(await response.json()));
    expect(answered).toEqual({ town: expect.any(String), hot: expect.any(Boolean) });
  });

  it('serves the legacy completions from all of them', async () => {
    for (const model of models) {
      const response = await post({ path: '/completions', body: { model, prompt: 'Say something.', max_tokens: 20 } });
      expect(await response.json()).toMatchObject({
        object: 'text_completion',
        choices: [{ text: expect.any(String) }],
      });
    }
  });

  it('refuses what cannot be carried over by its name, and charges nothing', async () => {
    const ask = { model: 'demo/messages-only', messages: [{ role: 'user', content: 'hi' }], logit_bias: { '1': 5 } };
    const response = await customer.post('/chat/completions', ask);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'unsupported_parameter', param: 'logit_bias' } });
  });

  it('has charged each of them once, to the nano-dollar', async () => {
    const charges = await Promise.all(charged);
    const { spent, held } = await customer.settled();
    expect(held).toBe(0n);
    expect(spent).toBe(charges.reduce((sum, charge) => sum + charge, 0n));
    expect(charges.every((charge) => charge > 0n)).toBe(true);
    expect(await auditDifferences(instance)).toEqual([]);
  }, 60_000);
});
