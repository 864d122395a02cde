import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { z } from 'zod';

import { catalogOf, wallEnvironment } from './catalog.js';
import { TestCluster } from './cluster.js';
import { auditDifferences, Customer, generationOf } from './customer.js';
import { eventually } from './instance.js';
import { answering, refusing, Wall } from './wall.js';

const MODEL = 'acme/echo-1';
/** Name of docs/events.md. */
const USAGE = 'apilink.usage.v1';
const RECEIPT_MS_MAX = 2_000;
const messages = [{ role: 'user', content: 'hi' }];

const finalSchema = z.looseObject({
  generationId: z.string(),
  outcome: z.string(),
  chargeNanoUsd: z.string(),
  highestHoldNanoUsd: z.string(),
  answeredBy: z.looseObject({ priceVersion: z.string() }).nullable(),
});
type Final = z.output<typeof finalSchema>;
const costSchema = z.looseObject({ usage: z.looseObject({ cost_nano_usd: z.string(), cost: z.number() }) });

describe('the receipt of an answer', () => {
  let wall: Wall;
  let cluster: TestCluster;
  let stopReading: () => Promise<void>;
  const finals = new Map<string, Final>();

  beforeAll(async () => {
    wall = await Wall.start();
    cluster = await TestCluster.start({
      edges: 2,
      billing: 2,
      configuration: catalogOf([
        {
          id: MODEL,
          input: '0.333333333',
          endpoints: [{ baseUrl: wall.baseUrl, upstreamModel: 'scripted', output: '1.777777777' }],
        },
      ]),
      environment: wallEnvironment,
    });
    const kafka = new Kafka({ brokers: [cluster.kafka.brokers], clientId: 'e2e', logLevel: logLevel.NOTHING });
    const consumer = kafka.consumer({ groupId: 'e2e-receipts' });
    await consumer.connect();
    await consumer.subscribe({ topics: [USAGE], fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message }) => {
        if (message.headers?.['ce_type']?.toString() !== 'usage.final') return;
        const final = finalSchema.parse(JSON.parse(message.value?.toString() ?? ''));
        finals.set(final.generationId, final);
      },
    });
    stopReading = async () => consumer.disconnect();
  }, 120_000);

  afterEach(async () => {
    expect(await auditDifferences(cluster)).toEqual([]);
  });

  afterAll(async () => {
    // First what cannot fail: an open server would keep the run from ending.
    await wall.stop();
    await stopReading();
    await cluster.stop();
  }, 60_000);

  async function expectAgreement(customer: Customer, generation: string, outcome: string): Promise<string> {
    // Final within 2 s of the answer's last byte.
    const receipt = await customer.receipt(generation, RECEIPT_MS_MAX);
    const event = await eventually('the event', async () => finals.get(generation) ?? null, 10_000);
    expect(receipt).toMatchObject({
      outcome,
      charge_nano_usd: event.chargeNanoUsd,
      hold_nano_usd: event.highestHoldNanoUsd,
      price_version: event.answeredBy?.priceVersion ?? null,
    });
    expect(event.outcome).toBe(outcome);
    expect(BigInt(receipt.released_nano_usd)).toBe(BigInt(receipt.hold_nano_usd) - BigInt(receipt.charge_nano_usd));
    return receipt.charge_nano_usd;
  }

  it.each([true, false])(
    'is there within 2 s and says to the nano what event and answer say (streamed: %p)',
    async (stream) => {
      const customer = await Customer.create(cluster, '1');
      for (const [index, tokens] of [1, 7, 333].entries()) {
        wall.script('scripted', answering({ tokens, inputTokens: 10 + index }));
        const edge = cluster.edges[index % 2];
        const asked = customer.at(edge?.url ?? '');
        const response = await asked.chat({ model: MODEL, stream, max_tokens: 1_000, messages });
        const text = await response.text();
        const charge = await expectAgreement(customer, generationOf(response), 'completed');
        const told = stream
          ? /"cost_nano_usd":"(\d+)"/.exec(text)?.[1]
          : costSchema.parse(JSON.parse(text)).usage.cost_nano_usd;
        expect(charge).toBe(told);
        // Rounded once, up: (10 + index) × 0.333333333 + tokens × 1.777777777 USD per million.
        const femto = BigInt(10 + index) * 333_333_333n + BigInt(tokens) * 1_777_777_777n;
        expect(BigInt(charge)).toBe((femto + 999_999n) / 1_000_000n);
      }
    },
  );

  it('is there as fast for an answer that broke, one that was refused, and a client that left', async () => {
    const customer = await Customer.create(cluster, '1');
    wall.script('scripted', answering({ tokens: 50, paceMs: 20, breakAfter: { tokens: 9, how: 'close' } }));
    const broken = await customer.chat({ model: MODEL, stream: true, max_tokens: 100, messages });
    await broken.text().catch(() => undefined);
    await expectAgreement(customer, generationOf(broken), 'upstream_error_partial');

    wall.script('scripted', refusing(400, { error: { message: 'no' } }));
    const refused = await customer.chat({ model: MODEL, max_tokens: 100, messages });
    await refused.text();
    expect(await expectAgreement(customer, generationOf(refused), 'rejected')).toBe('0');

    wall.script('scripted', answering({ tokens: 5_000, paceMs: 20 }));
    const leaving = new AbortController();
    const left = await customer.chat(
      { model: MODEL, stream: true, max_tokens: 100, messages },
      { signal: leaving.signal },
    );
    leaving.abort();
    const charge = await expectAgreement(customer, generationOf(left), 'client_disconnect');
    expect(BigInt(charge)).toBeGreaterThan(177_000n);
    expect(await customer.settled()).toMatchObject({ held: 0n });
  });
});
