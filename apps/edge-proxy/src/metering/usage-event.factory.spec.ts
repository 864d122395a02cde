import { encodeWireId, holdOpenedSchema, usageFinalSchema } from '@apilink/contracts';
import { emptyUsage } from '@apilink/pricing';
import { describe, expect, it } from '@jest/globals';

import { appOf, holdFactsText, holdOpenedEvent, usageFinalEvent } from './usage-event.factory.js';

const uuid = '01900000-0000-7000-8000-000000000001';
const account = encodeWireId('acc', uuid);
const text = holdFactsText({
  generation: encodeWireId('gen', uuid),
  account,
  workspace: encodeWireId('ws', uuid),
  key: encodeWireId('key', uuid),
  modelId: 'acme/"quoted"',
  candidates: [{ endpointId: 'alpha/acme', priceVersion: 'pv_1' }],
  periods: { day: '2026-11-22', week: '2026-W47', month: '2026-11' },
  openedAt: 1_795_000_000_123,
});
const stamp = { id: uuid, time: 1 };

describe('usage events', () => {
  it('are what the schema of hold.opened reads', () => {
    const event = holdOpenedEvent(text, { account, amountNanoUsd: 12n, epoch: 3 }, stamp);
    expect(event).toMatchObject({ key: account, id: uuid, type: 'hold.opened', source: 'edge-proxy' });
    expect(holdOpenedSchema.parse(JSON.parse(event.body ?? ''))).toMatchObject({
      generationId: uuid,
      modelId: 'acme/"quoted"',
      amountNanoUsd: 12n,
      epoch: 3,
      openedAt: 1_795_000_000_123,
    });
  });

  it('are what the schema of usage.final reads, whatever a client or an upstream put in', () => {
    const usage = { ...emptyUsage, input: 7, output: 2, requests: 1 };
    const long = 'x'.repeat(2000);
    const event = usageFinalEvent(
      text,
      {
        account,
        epoch: 3,
        outcome: 'completed',
        reason: long,
        highestHoldNanoUsd: 9n,
        finalHoldNanoUsd: 5n,
        chargeNanoUsd: 5n,
        usage,
        usageSource: 'upstream',
        answeredBy: { endpointId: 'alpha/acme', priceVersion: 'pv_1' },
        serviceTier: long,
        attempts: [
          {
            endpointId: 'alpha/acme',
            provider: 'alpha',
            credential: 'main',
            startedAt: 1_795_000_000_200,
            firstTokenMs: 5,
            durationMs: 9,
            class: 'ok',
            status: 200,
            usage,
            costNanoUsd: 4n,
          },
        ],
        endedAt: 1_795_000_000_300,
        dialect: 'chat',
        stream: true,
        status: 200,
        finishReason: long,
        app: appOf({ 'http-referer': long, 'x-title': long }),
        session: long,
        endUser: long,
      },
      stamp,
    );
    const final = usageFinalSchema.parse(JSON.parse(event.body ?? ''));
    expect(final.usage).toEqual(usage);
    expect(final.attempts[0]).toMatchObject({ usage, costNanoUsd: 4n, hedge: false });
    expect(final.chargeNanoUsd).toBe(5n);
  });
});
