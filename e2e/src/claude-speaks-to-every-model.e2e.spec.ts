import Anthropic, { AuthenticationError, BadRequestError, NotFoundError } from '@anthropic-ai/sdk';
import { messagesStreamViolations } from '@apilink/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { auditDifferences, Customer } from './customer.js';
import { Instance } from './instance.js';

const dialects = ['messages', 'chat', 'responses', 'gemini'] as const;

/** Scenarios of the demo provider, each as a model that speaks one dialect alone. */
const scenarios = {
  agent: 'demo-thinks-24-rate-2000',
  plain: 'demo-tokens-20-rate-2000',
  cut: 'demo-cut-5-tokens-20-rate-2000',
  full: 'demo-refuse-context',
  away: 'demo-fail-503',
} as const;

function catalog(): string {
  const models = dialects.flatMap((dialect) =>
    Object.entries(scenarios).map(([name, upstreamModel]) =>
      [
        `  - id: acme/${name}-${dialect}`,
        `    name: ${name} in ${dialect}`,
        `    contextLength: 128000`,
        `    maxOutputTokens: 16000`,
        `    capabilities: [tools, images, structured-output, files]`,
        `    endpoints:`,
        `      - provider: demo`,
        `        upstreamModel: ${upstreamModel}-tag-${dialect}`,
        `        dialects: [${dialect}]`,
        `        price: { input: "1", output: "10" }`,
      ].join('\n'),
    ),
  );
  return `models:\n${models.join('\n')}\n`;
}

const usageSchema = z.looseObject({
  /** An endpoint of Messages tells it at the beginning. */
  input_tokens: z.number().optional(),
  output_tokens: z.number(),
  cost_nano_usd: z.string(),
  cost: z.number(),
});

const tools: Anthropic.Messages.Tool[] = [
  {
    name: 'weather',
    description: 'Tells the weather of a city',
    input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
];

/** 2 × 1 pixels. */
const picture = 'iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAAD0lEQVR4nGP4z8DAwMAAAAYGAQFe5GT5AAAAAElFTkSuQmCC';

let instance: Instance;
let customer: Customer;
let client: Anthropic;

beforeAll(async () => {
  instance = await Instance.start({ configuration: catalog() });
  customer = await Customer.create(instance, '10');
  client = new Anthropic({ baseURL: instance.origin, apiKey: customer.apiKey, maxRetries: 0 });
}, 120_000);

afterAll(async () => {
  try {
    const { spent, held } = await customer.settled();
    const charged = (await customer.usage()).reduce((sum, { charge_nano_usd: charge }) => sum + BigInt(charge), 0n);
    expect([spent, held]).toEqual([charged, 0n]);
    expect(await auditDifferences(instance)).toEqual([]);
  } finally {
    await instance.dispose();
  }
}, 60_000);

/** What the answer says that it cost is what its receipt charges. */
async function expectCharged(usage: unknown, generationId: string | null): Promise<void> {
  const told = usageSchema.parse(usage);
  const receipt = await customer.receipt(generationId ?? '');
  expect(receipt).toMatchObject({ outcome: 'completed', charge_nano_usd: told.cost_nano_usd });
  const output = BigInt(told.output_tokens) * 10_000n;
  const input =
    told.input_tokens === undefined ? BigInt(told.cost_nano_usd) - output : BigInt(told.input_tokens) * 1_000n;
  expect(BigInt(told.cost_nano_usd)).toBe(input + output);
  expect(input).toBeGreaterThan(0n);
}

/** Every byte of a stream; one that broke is also closed without its last chunk. */
async function received({ body }: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of body ?? []) chunks.push(chunk);
  } catch (error) {
    if (chunks.length === 0) throw error;
  }
  return Buffer.concat(chunks);
}

describe.each(dialects)('Anthropic’s SDK with a model that speaks %s alone', (dialect) => {
  const model = (scenario: keyof typeof scenarios): string => `acme/${scenario}-${dialect}`;
  const hi = [{ role: 'user' as const, content: 'Hello' }];

  it('streams an answer, and pays what it tells', async () => {
    const stream = client.messages.stream({ model: model('plain'), max_tokens: 200, messages: hi });
    const { response } = await stream.withResponse();
    let told = '';
    let usage: unknown = null;
    stream.on('text', (text) => (told += text));
    // The SDK's own message keeps only the figures that Anthropic has.
    stream.on('streamEvent', (event) => (usage = event.type === 'message_delta' ? event.usage : usage));
    const message = await stream.finalMessage();
    expect(message).toMatchObject({
      type: 'message',
      role: 'assistant',
      model: model('plain'),
      stop_reason: 'end_turn',
    });
    expect(message.content).toMatchObject([{ type: 'text', text: told }]);
    expect(message.usage.output_tokens).toBe(20);
    await expectCharged(usage, response.headers.get('x-generation-id'));
    expect(response.headers.get('anthropic-ratelimit-requests-limit')).not.toBeNull();
    expect(response.headers.get('anthropic-ratelimit-requests-reset')).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it('gets a whole answer, cut by its limit', async () => {
    const asked = client.messages.create({ model: model('plain'), max_tokens: 17, messages: hi });
    const { data: message, response } = await asked.withResponse();
    expect(message).toMatchObject({ stop_reason: 'max_tokens', usage: { output_tokens: 17 } });
    await expectCharged(message.usage, response.headers.get('x-generation-id'));
  });

  it('thinks, calls a tool and goes on with its result, its thinking handed back', async () => {
    const thinking = { type: 'enabled' as const, budget_tokens: 1024 };
    const asked = { model: model('agent'), max_tokens: 4000, tools, thinking };
    const messages: Anthropic.Messages.MessageParam[] = [{ role: 'user', content: 'call weather {"city":"Paris"}' }];
    const first = await client.messages.stream({ ...asked, messages }).finalMessage();
    expect(first.stop_reason).toBe('tool_use');
    const call = first.content.find((block) => block.type === 'tool_use');
    expect(call).toMatchObject({ name: 'weather', input: { city: 'Paris' } });
    const thought = first.content.find((block) => block.type === 'thinking');
    expect(thought?.signature).not.toBe('');
    messages.push({ role: 'assistant', content: first.content });
    const result = { type: 'tool_result' as const, tool_use_id: call?.id ?? '', content: 'sunny, 21 degrees' };
    messages.push({ role: 'user', content: [result] });
    const second = await client.messages.stream({ ...asked, messages }).finalMessage();
    expect(second.stop_reason).toBe('end_turn');
    expect(JSON.stringify(second.content)).toContain('sunny, 21 degrees');
  });

  it('calls two tools at once', async () => {
    const messages = [
      { role: 'user' as const, content: 'call weather {"city":"Paris"} and call weather {"city":"Rome"}' },
    ];
    const message = await client.messages
      .stream({ model: model('plain'), max_tokens: 400, tools, messages })
      .finalMessage();
    const calls = message.content.filter((block) => block.type === 'tool_use');
    expect(calls.map(({ input }) => input)).toEqual([{ city: 'Paris' }, { city: 'Rome' }]);
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
  });

  it('shows a picture', async () => {
    const source = { type: 'base64' as const, media_type: 'image/png' as const, data: picture };
    const content = [
      { type: 'text' as const, text: 'What is it?' },
      { type: 'image' as const, source },
    ];
    const message = await client.messages.create({
      model: model('agent'),
      max_tokens: 400,
      messages: [{ role: 'user', content }],
    });
    expect(JSON.stringify(message.content)).toContain('2 by 1 pixels');
  });

  it('gets an object of a schema', async () => {
    const schema = {
      type: 'object',
      properties: { city: { type: 'string' }, degrees: { type: 'integer' } },
      required: ['city', 'degrees'],
      additionalProperties: false,
    };
    const message = await client.messages.create({
      model: model('agent'),
      max_tokens: 400,
      messages: hi,
      output_config: { format: { type: 'json_schema', schema } },
    });
    const text = message.content.find((block) => block.type === 'text')?.text ?? '';
    expect(JSON.parse(text)).toEqual({ city: expect.any(String), degrees: expect.any(Number) });
  });

  it.each([
    ['an answer', 'plain', 'Hello'],
    ['thinking and a call', 'agent', 'call weather {"city":"Paris"}'],
    ['two calls', 'plain', 'call weather {"city":"Paris"} and call weather {"city":"Rome"}'],
    ['an answer that broke off', 'cut', 'Hello'],
  ] as const)('streams by the grammar of Messages: %s', async (_what, scenario, content) => {
    const messages = [{ role: 'user', content }];
    const response = await customer.post('/messages', {
      model: model(scenario),
      max_tokens: 400,
      stream: true,
      tools,
      messages,
    });
    const bytes = await received(response);
    expect(messagesStreamViolations(bytes, { end: 'whole' })).toEqual([]);
    expect(bytes.includes('message_stop')).toBe(scenario !== 'cut');
  });

  it('throws where an answer broke off, and never has a whole message', async () => {
    const stream = client.messages.stream({ model: model('cut'), max_tokens: 200, messages: hi });
    let told = '';
    stream.on('text', (text) => (told += text));
    await expect(stream.finalMessage()).rejects.toMatchObject({
      error: { type: 'error', error: { type: 'api_error' } },
    });
    expect(told).not.toBe('');
  });

  it('throws its typed errors', async () => {
    const ask = async (asked: object = {}, asking = client): Promise<unknown> =>
      asking.messages
        .create({ model: model('plain'), max_tokens: 50, messages: hi, ...asked })
        .catch((error: unknown) => error);
    const full = await ask({ model: model('full') });
    expect(full).toBeInstanceOf(BadRequestError);
    expect(String(full)).toMatch(/prompt is too long: \d+ tokens > \d+ maximum/);
    expect(await ask({ model: model('away') })).toMatchObject({ status: 503, type: 'overloaded_error' });
    expect(await ask({ model: 'acme/none' })).toBeInstanceOf(NotFoundError);
    const stranger = new Anthropic({ baseURL: instance.origin, apiKey: 'sk-wrong', maxRetries: 0 });
    expect(await ask({}, stranger)).toBeInstanceOf(AuthenticationError);
  });

  it('counts the tokens of a prompt without a charge', async () => {
    const before = (await customer.settled()).spent;
    const { input_tokens: counted } = await client.messages.countTokens({ model: model('plain'), messages: hi });
    expect(counted).toBeGreaterThan(0);
    expect((await customer.settled()).spent).toBe(before);
  });
});

it('tells an account without a balance so, in Anthropic’s words', async () => {
  const poor = await Customer.create(instance, '0');
  const asking = new Anthropic({ baseURL: instance.origin, apiKey: poor.apiKey, maxRetries: 0 });
  const asked = {
    model: 'acme/plain-messages',
    max_tokens: 50,
    messages: [{ role: 'user' as const, content: 'Hello' }],
  };
  await expect(asking.messages.create(asked)).rejects.toMatchObject({ status: 402, type: 'billing_error' });
});
