import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { auditDifferences } from './customer.js';
import { Instance } from './instance.js';

const lotSchema = z.looseObject({
  lotId: z.string(),
  kind: z.string(),
  currency: z.string(),
  unused_nano_usd: z.string(),
});
const lotsSchema = z.object({ lots: z.array(lotSchema) });
const refundSchema = z.looseObject({ refundId: z.string(), state: z.string(), debit_nano_usd: z.string() });
const refundsSchema = z.object({ refunds: z.array(refundSchema) });
const accountSchema = z.looseObject({ paid_nano_usd: z.string(), status: z.string() });

describe('payments go back', () => {
  let instance: Instance;

  beforeAll(async () => {
    instance = await Instance.start();
  }, 120_000);

  afterAll(async () => {
    await instance.dispose();
  }, 60_000);

  async function lots(): Promise<z.output<typeof lotSchema>[]> {
    return lotsSchema.parse((await instance.apilink('lot', 'list')).json).lots;
  }

  async function paid(): Promise<string> {
    return accountSchema.parse((await instance.apilink('account', 'show')).json).paid_nano_usd;
  }

  async function pay(...money: string[]): Promise<void> {
    const { json } = await instance.apilink('topup', 'create', ...money);
    const { checkoutUrl } = z.looseObject({ checkoutUrl: z.string() }).parse(json);
    const page = await (await fetch(checkoutUrl)).text();
    const action = /<form method="post" action="([^"]+)"><button[^>]*>Pay [$¥]/.exec(page)?.[1] ?? '';
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await fetch(new URL(action, checkoutUrl), { method: 'POST', headers })).status).toBe(200);
  }

  it('is refused in RMB while no rate stands, and says who sets one', async () => {
    const refused = await instance.apilink('topup', 'create', '--cny', '100');
    expect(refused.exitCode).toBe(4);
    expect(refused.stderr).toContain('apilink fx set');
  });

  it('is credited in RMB by the rate with its spread, and given back whole when it was not used', async () => {
    await instance.apilink('fx', 'set', '--rate', '7.1234', '--spread-bp', '50', '--valid-for', '24h');
    await pay('--cny', '100');
    // 10,000 fen × 10^7 / 7.159017
    expect(await paid()).toBe('13968398175');
    const tooMuch = await instance.apilink('refund', 'create', '--usd', '14', '--reason', 'unused');
    expect(tooMuch).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('13.968398175 USD') });
    const { json } = await instance.apilink('refund', 'create', '--usd', '13.968398175', '--reason', 'unused');
    expect(refundsSchema.parse(json).refunds).toMatchObject([{ state: 'posted', refundedMinorUnits: '10000' }]);
    expect(await paid()).toBe('0');
    expect((await lots()).map(({ kind, unused_nano_usd: unused }) => [kind, unused])).toEqual([
      ['paid', '0'],
      ['promo', '1000000000'],
    ]);
  });

  it('is taken back by a bank at most as far as it was not refunded, and the account is suspended', async () => {
    await pay('--usd', '10');
    const [payment] = await lots();
    await instance.apilink('refund', 'create', '--usd', '4', '--reason', 'unused');
    const open = ['chargeback', 'open', '--lot', payment?.lotId ?? '', '--reason', 'stolen card'];
    expect((await instance.apilink(...open, '--amount', '10')).stderr).toContain('600 cents');
    expect((await instance.apilink(...open, '--amount', '6')).exitCode).toBe(0);
    const account = accountSchema.parse((await instance.apilink('account', 'show')).json);
    expect(account).toMatchObject({ status: 'suspended', paid_nano_usd: '0' });
    const refused = await fetch(`${instance.quickstart.baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${instance.quickstart.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'demo/echo', messages: [{ role: 'user', content: 'hello' }] }),
    });
    expect(refused.status).toBe(403);
  });

  it('leaves the books without a difference', async () => {
    expect(await auditDifferences(instance)).toEqual([]);
  });
});
