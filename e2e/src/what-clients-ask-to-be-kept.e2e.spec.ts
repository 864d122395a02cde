import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI, { APIError } from 'openai';

import { auditDifferences, Customer, generationOf } from './customer.js';
import { Instance } from './instance.js';

/** Its only provider speaks chat completions: the store is ours, not a provider's. */
const MODEL = 'demo/echo';

describe('what a client asks to be kept', () => {
  let instance: Instance;
  let customer: Customer;
  let client: OpenAI;

  beforeAll(async () => {
    instance = await Instance.start();
    customer = await Customer.create(instance, '5');
    client = clientOf(customer.apiKey);
  }, 120_000);

  afterAll(async () => {
    await instance.dispose();
  }, 60_000);

  function clientOf(apiKey: string): OpenAI {
    return new OpenAI({ baseURL: instance.quickstart.baseUrl, apiKey, maxRetries: 0 });
  }

  async function keyed(key: string, body: object, path = '/chat/completions'): Promise<Response> {
    const headers = { authorization: `Bearer ${customer.apiKey}`, 'content-type': 'application/json' };
    return customer.post(path, body, { headers: { ...headers, 'idempotency-key': key } });
  }

  it('is a conversation: continued by id, read, listed and deleted with openai’s own client', async () => {
    const first = await client.responses.create({ model: MODEL, input: 'My name is Ada.', max_output_tokens: 30 });
    expect(first).toMatchObject({ store: true, previous_response_id: null });
    const stream = await client.responses.create({
      model: MODEL,
      input: [{ role: 'user', content: 'Who am I?' }],
      previous_response_id: first.id,
      max_output_tokens: 30,
      stream: true,
    });
    let second: OpenAI.Responses.Response | null = null;
    for await (const event of stream) {
      if (event.type === 'response.completed' || event.type === 'response.incomplete') second = event.response;
    }
    if (second === null) throw new Error('the stream has no last event');
    expect(second.previous_response_id).toBe(first.id);
    expect(second.usage?.input_tokens ?? 0).toBeGreaterThan(first.usage?.input_tokens ?? 0);

    expect(await client.responses.retrieve(second.id)).toMatchObject({ id: second.id, output: second.output });
    const texts: string[] = [];
    for await (const item of client.responses.inputItems.list(second.id, { limit: 2, order: 'asc' })) {
      if (item.type === 'message') texts.push(item.role);
    }
    expect(texts).toEqual(['user', 'assistant', 'user']);

    await client.responses.delete(first.id);
    expect(await refusal(client.responses.retrieve(first.id))).toEqual([404, 'response_not_found']);
    const gone = { model: MODEL, input: 'x', previous_response_id: first.id };
    expect(await refusal(client.responses.create(gone))).toEqual([404, 'response_not_found']);
  });

  it('is nobody else’s: another account is told that there is nothing', async () => {
    const mine = await client.responses.create({ model: MODEL, input: 'Hello.', max_output_tokens: 30 });
    const other = clientOf((await Customer.create(instance, '5')).apiKey);
    expect(await refusal(other.responses.retrieve(mine.id))).toEqual([404, 'response_not_found']);
    const going = { model: MODEL, input: 'x', previous_response_id: mine.id };
    expect(await refusal(other.responses.create(going))).toEqual([404, 'response_not_found']);
  });

  it('is any answer that costs money, in any dialect', async () => {
    const messages = [{ role: 'user', content: 'Hello.' }];
    const calls: [string, object][] = [
      ['/messages', { model: MODEL, max_tokens: 20, messages }],
      ['/responses', { model: MODEL, max_output_tokens: 20, input: 'Hello.', stream: true }],
      ['/embeddings', { model: 'demo/embedding', input: ['Hello.'] }],
    ];
    for (const [path, body] of calls) {
      const first = await keyed(`any${path}`, body, path);
      const bytes = await first.text();
      expect([path, first.status, first.headers.get('x-apilink-replayed')]).toEqual([path, 200, null]);
      const again = await keyed(`any${path}`, body, path);
      expect([path, again.status, again.headers.get('x-apilink-replayed')]).toEqual([path, 200, 'true']);
      expect(await again.text()).toBe(bytes);
    }
  });

  it('is an answer under an Idempotency-Key: given again, streams too, and charged once', async () => {
    const { spent: before } = await customer.settled();
    const body = { model: MODEL, stream: true, max_tokens: 30, messages: [{ role: 'user', content: 'Once, please.' }] };
    const first = await keyed('order-1', body);
    const bytes = await first.text();
    const again = await keyed('order-1', body);
    expect([again.status, await again.text()]).toEqual([200, bytes]);
    expect(again.headers.get('x-apilink-replayed')).toBe('true');
    expect(generationOf(again)).toBe(generationOf(first));
    const reused = await keyed('order-1', { ...body, max_tokens: 31 });
    expect(reused.status).toBe(422);

    const running = await keyed('order-2', body);
    const refused = await keyed('order-2', body);
    expect([running.status, refused.status]).toEqual([200, 409]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await running.text();

    const { spent } = await customer.settled();
    const charges = await Promise.all([first, running].map(async (answer) => customer.receipt(generationOf(answer))));
    expect(spent - before).toBe(charges.reduce((sum, { charge_nano_usd: charge }) => sum + BigInt(charge), 0n));
    expect(await auditDifferences(instance)).toEqual([]);
  });
});

async function refusal(work: PromiseLike<unknown>): Promise<[number | undefined, string | null | undefined]> {
  try {
    await work;
  } catch (error) {
    if (error instanceof APIError) return [error.status, error.code];
    throw error;
  }
  throw new Error('it was not refused');
}
