import { request } from 'node:http';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { responsesStreamViolations } from '@apilink/testing';
import OpenAI, { APIError } from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';

import { Customer } from './customer.js';
import { Instance } from './instance.js';

/** Models whose only upstream speaks that dialect. */
const models = ['demo/responses-only', 'demo/chat-only', 'demo/messages-only', 'demo/gemini-only'];

const usageSchema = z.looseObject({
  input_tokens: z.number(),
  output_tokens: z.number(),
  cost: z.number(),
  cost_nano_usd: z.string(),
  cost_details: z.looseObject({
    upstream_inference_input_cost: z.number(),
    upstream_inference_output_cost: z.number(),
    cache_premium_absorbed: z.number(),
  }),
});

const weather: OpenAI.Responses.Tool = {
  type: 'function',
  name: 'get_weather',
  description: 'The weather of a city.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  strict: false,
};

/** As Codex declares its own. */
const applyPatch: OpenAI.Responses.Tool = {
  type: 'custom',
  name: 'apply_patch',
  description: 'Edits files.',
  format: { type: 'grammar', syntax: 'lark', definition: 'start: /(.|\\n)+/' },
};

/** What came before the connection ended, also where it ended without the end of its body. */
async function bytesOf({ body }: Response): Promise<Buffer> {
  const read: Uint8Array[] = [];
  try {
    for await (const bytes of body ?? []) read.push(bytes);
  } catch {
    return Buffer.concat(read);
  }
  return Buffer.concat(read);
}

describe("Codex and the OpenAI SDK's Responses work on every model", () => {
  let instance: Instance;
  let customer: Customer;
  let client: OpenAI;

  beforeAll(async () => {
    instance = await Instance.start();
    customer = await Customer.create(instance, '10');
    client = clientOf(customer);
  }, 120_000);

  afterAll(async () => {
    await instance.dispose();
  }, 60_000);

  function clientOf({ apiKey }: Customer): OpenAI {
    return new OpenAI({ baseURL: instance.quickstart.baseUrl, apiKey, maxRetries: 0 });
  }

  /** The bytes of a stream, as Codex asks for them. */
  async function streamed(body: object): Promise<Buffer> {
    const headers = {
      originator: 'codex_exec',
      accept: 'text/event-stream',
      'content-type': 'application/json',
      authorization: `Bearer ${customer.apiKey}`,
    };
    const answer = await customer.post('/responses', { stream: true, store: false, ...body }, { headers });
    expect(answer.status).toBe(200);
    return bytesOf(answer);
  }

  it.each(models)('answers whole, with the cost that is settled: %s', async (model) => {
    const { data, response } = await client.responses
      .create({ model, input: 'Tell me something.', max_output_tokens: 60 })
      .withResponse();
    expect(data.output_text.length).toBeGreaterThan(10);
    expect(data.model).toBe(model);
    const usage = usageSchema.parse(data.usage);
    const receipt = await customer.receipt(response.headers.get('x-generation-id') ?? '');
    expect(receipt.charge_nano_usd).toBe(usage.cost_nano_usd);
    expect(BigInt(receipt.charge_nano_usd)).toBeGreaterThan(0n);
  });

  it.each(models)('streams by the grammar, and the SDK puts it together: %s', async (model) => {
    const bytes = await streamed({ model, input: 'Tell me something.' });
    expect(responsesStreamViolations(bytes, { end: 'whole' })).toEqual([]);
    const stream = client.responses.stream({ model, input: 'Tell me something.' });
    let text = '';
    stream.on('response.output_text.delta', ({ delta }) => void (text += delta));
    const last = await stream.finalResponse();
    expect(last.output_text).toBe(text);
    expect(last.status).toBe('completed');
    expect(usageSchema.parse(last.usage).cost).toBeGreaterThan(0);
  });

  it.each(models)('calls a tool and goes on from its result: %s', async (model) => {
    const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: 'call get_weather {"city":"Paris"}' }];
    const first = await client.responses.create({ model, input, tools: [weather], store: false });
    const kept = first.output.filter((item) => item.type === 'function_call' || item.type === 'reasoning');
    const call = kept.find((item) => item.type === 'function_call');
    expect(call).toMatchObject({ name: 'get_weather', arguments: '{"city":"Paris"}' });
    const output = {
      type: 'function_call_output',
      call_id: call?.call_id ?? '',
      output: 'It rains in Paris.',
    } as const;
    const next = [...input, ...kept, output];
    const second = await client.responses.create({ model, input: next, tools: [weather], store: false });
    expect(second.output_text).toContain('It rains in Paris.');
  });

  it.each(models)('parses structured output: %s', async (model) => {
    const schema = z.object({ city: z.string(), days: z.array(z.number()) });
    const text = { format: zodTextFormat(schema, 'trip') };
    const { output_parsed: parsed } = await client.responses.parse({ model, input: 'A trip.', text, store: false });
    expect(schema.safeParse(parsed).success).toBe(true);
  });

  it.each(models)("gives Codex' own tool back as its own: %s", async (model) => {
    const input = [
      {
        type: 'message',
        role: 'user',
        content: [{ type: 'input_text', text: 'patch in a file hello.txt with Hello' }],
      },
    ];
    const tools = [applyPatch, { type: 'web_search', external_web_access: false }];
    const bytes = await streamed({
      model,
      input,
      tools,
      text: { verbosity: 'low' },
      include: ['reasoning.encrypted_content'],
    });
    expect(responsesStreamViolations(bytes, { end: 'whole' })).toEqual([]);
    expect(bytes.toString()).toContain('"type":"custom_tool_call"');
    expect(bytes.toString()).toContain('*** Begin Patch\\n');
  });

  it('ends a stream that broke with response.failed', async () => {
    const bytes = await streamed({ model: 'demo/cut', input: 'Tell me something.' });
    expect(responsesStreamViolations(bytes, { end: 'whole' })).toEqual([]);
    expect(bytes.toString()).toContain('event: response.failed');
  });

  it('refuses in words that the SDK reads, without a try that cannot help', async () => {
    const ask = { model: 'demo/chat-only', input: 'hi' };
    await expect(client.responses.create({ ...ask, model: 'demo/none' })).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
    await expect(client.responses.create({ ...ask, conversation: 'conv_1' })).rejects.toMatchObject({
      status: 400,
      code: 'unsupported_parameter',
      param: 'conversation',
    });
    await expect(
      client.responses.create({
        ...ask,
        input: [{ type: 'mcp_approval_response', approval_request_id: 'a', approve: true }],
      }),
    ).rejects.toMatchObject({
      status: 400,
      param: 'input[0].type',
    });
    const poor = clientOf(await Customer.create(instance, '0'));
    const refused: unknown = await poor.responses.create(ask).catch((error: unknown) => error);
    expect(refused).toMatchObject({ status: 429, code: 'insufficient_quota' });
    expect(refused instanceof APIError ? refused.headers?.get('x-should-retry') : null).toBe('false');
  });

  it('tells a WebSocket at once that there is none', async () => {
    const headers = { connection: 'Upgrade', upgrade: 'websocket', authorization: `Bearer ${customer.apiKey}` };
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const asked = request(`${instance.origin}/v1/responses`, { headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      asked.on('error', reject).end();
    });
    expect(status).toBe(426);
  });
});
