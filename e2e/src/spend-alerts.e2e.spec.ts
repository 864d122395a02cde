import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { auditDifferences, Customer, generationOf } from './customer.js';
import { eventually, freePort, Instance } from './instance.js';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const eventSchema = z.looseObject({
  type: z.string(),
  data: z.looseObject({ thresholdPercent: z.number().optional(), keyId: z.string().optional() }),
});
const webhookSchema = z.looseObject({ webhookId: z.string(), secret: z.string() });
const deliveriesSchema = z.looseObject({
  deliveries: z.array(z.looseObject({ state: z.string(), attempts: z.array(z.looseObject({ status: z.number() })) })),
});

/** A server of the customer: it refuses the first request, as servers do now and then. */
class Receiver {
  readonly received: Received[] = [];
  #refused = 0;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async listen(): Promise<Receiver> {
    const port = await freePort();
    const server = createServer();
    const receiver = new Receiver(server, `http://127.0.0.1:${port}/hooks`);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        receiver.received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
        response.writeHead(receiver.#refused++ === 0 ? 503 : 204).end();
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(port, '127.0.0.1', resolve);
    });
    return receiver;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => {
      this.server.close(resolve);
    });
  }
}

describe('a cap that is nearly spent', () => {
  let instance: Instance;
  let receiver: Receiver;
  let customer: Customer;
  let webhook: z.output<typeof webhookSchema>;

  beforeAll(async () => {
    receiver = await Receiver.listen();
    instance = await Instance.start({ environment: { WEBHOOK_PRIVATE_ADDRESSES: 'allow' } });
    customer = await Customer.create(instance, '5');
    const words = ['webhook', 'create', '--account', customer.accountId, '--url', receiver.url];
    webhook = webhookSchema.parse((await instance.apilink(...words)).json);
  }, 120_000);

  afterAll(async () => {
    await instance.dispose();
    await receiver.close();
  }, 60_000);

  async function ask(): Promise<string> {
    const answer = await customer.chat({
      model: 'demo/echo',
      max_tokens: 20,
      messages: [{ role: 'user', content: 'Hello' }],
    });
    await answer.text();
    return (await customer.receipt(generationOf(answer))).charge_nano_usd;
  }

  it('is told to the address of the account, again until it is taken, under one id', async () => {
    const charged = BigInt(await ask());
    // As if that request had been 85 % of what may be spent.
    const cap = (charged * 100n) / 85n;
    const usd = `0.${cap.toString().padStart(9, '0')}`;
    const updated = await instance.apilink('key', 'update', customer.keyId, '--monthly-cap-usd', usd);
    expect(updated.exitCode).toBe(0);
    const [refused, taken] = await eventually(
      'the alert was refused once and taken then',
      () => Promise.resolve(receiver.received.length < 2 ? null : receiver.received),
      30_000,
    );
    expect(taken?.body).toBe(refused?.body);
    expect(taken?.headers['webhook-id']).toBe(refused?.headers['webhook-id']);
    expect(eventSchema.parse(JSON.parse(taken?.body ?? ''))).toMatchObject({
      type: 'key.cap_reached',
      data: { keyId: customer.keyId, thresholdPercent: 80 },
    });
  }, 60_000);

  it('is signed with the secret that was shown once', () => {
    const [first] = receiver.received;
    const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = first?.headers ?? {};
    const key = Buffer.from(webhook.secret.replace('whsec_', ''), 'base64');
    const expected = createHmac('sha256', key)
      .update(`${String(id)}.${String(at)}.${first?.body ?? ''}`)
      .digest('base64');
    expect(signature).toBe(`v1,${expected}`);
  });

  it('is told once, and its deliveries are there to be read', async () => {
    const { json } = await instance.apilink('webhook', 'deliveries', webhook.webhookId);
    const { deliveries } = deliveriesSchema.parse(json);
    expect(deliveries).toEqual([expect.objectContaining({ state: 'delivered' })]);
    expect(deliveries[0]?.attempts.map(({ status }) => status)).toEqual([503, 204]);
    expect(receiver.received).toHaveLength(2);
    expect(await auditDifferences(instance)).toEqual([]);
  });
});
