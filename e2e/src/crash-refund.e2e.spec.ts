import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { press } from './checkout-page.js';
import { crashPoints, lastWordsOf } from './crash-points.js';
import { auditDifferences } from './customer.js';
import { SETTLED_MS_MAX } from './exact-books.js';
import { eventually, Instance } from './instance.js';

const CRASH_MS_MAX = 40_000;
const PAID_NANO_USD = 25_000_000_000n;
/** Each refund gives back one dollar of the one payment. */
const REFUND_NANO_USD = 1_000_000_000n;

const orderSchema = z.looseObject({ checkoutUrl: z.string() });
const refundsSchema = z.object({ refunds: z.array(z.looseObject({ state: z.string() })) });
const accountSchema = z.looseObject({ paid_nano_usd: z.string() });

/** One data folder for all of them: each start goes on with the refund that the crash before has left. */
describe('kill -9 at every point of a refund', () => {
  let instance: Instance;

  beforeAll(async () => {
    instance = await Instance.start();
  }, 120_000);

  afterAll(async () => {
    await instance.dispose();
  }, 60_000);

  it('gives the payment back exactly once', async () => {
    const order = orderSchema.parse((await instance.apilink('topup', 'create', '--usd', '25')).json);
    await press(order, 'Pay $25.00');
    for (const point of crashPoints.refund) {
      await instance.stop();
      await instance.startAgain({ APILINK_FAILPOINTS: point });
      await instance.apilink('refund', 'create', '--usd', '1', '--reason', 'e2e', '--request-key', `drill-${point}`);
      await eventually(`it ends at ${point}`, async () => (instance.isRunning ? null : true), CRASH_MS_MAX);
      expect({ point, died: instance.printed.includes(lastWordsOf(point)) }).toEqual({ point, died: true });
      await instance.startAgain({ APILINK_FAILPOINTS: '' });
      await eventually(`the refund of ${point} has ended`, haveAllEnded, SETTLED_MS_MAX);
    }
    const count = crashPoints.refund.length;
    expect(await states()).toEqual(Array.from({ length: count }, () => 'posted'));
    const account = accountSchema.parse((await instance.apilink('account', 'show')).json);
    expect(BigInt(account.paid_nano_usd)).toBe(PAID_NANO_USD - REFUND_NANO_USD * BigInt(count));
    expect(await auditDifferences(instance)).toEqual([]);
  }, 300_000);

  async function states(): Promise<string[]> {
    const { refunds } = refundsSchema.parse((await instance.apilink('refund', 'list')).json);
    return refunds.map(({ state }) => state);
  }

  async function haveAllEnded(): Promise<true | null> {
    return (await states()).every((state) => state === 'posted' || state === 'voided') ? true : null;
  }
});
