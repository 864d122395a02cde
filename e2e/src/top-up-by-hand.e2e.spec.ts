import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runApilink, type CommandAnswer } from '@apilink/local-stack';
import { z } from 'zod';

import { press } from './checkout-page.js';
import { auditDifferences } from './customer.js';
import { Instance } from './instance.js';

const ZHANG = 'zhang-holds-this-token-of-32-characters';
const LI = 'li-holds-another-token-of-32-characters';

const accountSchema = z.looseObject({
  accountId: z.string(),
  paid_nano_usd: z.string(),
  available_nano_usd: z.string(),
  remittanceCode: z.string(),
});
const topupSchema = z.looseObject({ orderId: z.string(), state: z.string(), checkoutUrl: z.string() });
const detailSchema = topupSchema.extend({
  payments: z.array(z.looseObject({ disposition: z.string(), reason: z.string().nullable(), minorUnits: z.string() })),
});
const suspenseSchema = z.looseObject({
  suspenseId: z.string(),
  state: z.string(),
  reason: z.string(),
  proposedAccountId: z.string().nullable(),
});
const suspensePageSchema = z.object({ entries: z.array(suspenseSchema), nextCursor: z.string().nullable() });

describe('a top-up by hand', () => {
  let instance: Instance;

  beforeAll(async () => {
    instance = await Instance.start({
      environment: { OPERATOR_TOKENS: `zhang=${ZHANG},li=${LI}`, FREE_CREDIT_DAILY_USD: '2' },
    });
  }, 120_000);

  afterAll(async () => {
    await instance.dispose();
  }, 60_000);

  /** As a person with a token of their own. */
  function as(token: string, ...words: string[]): Promise<CommandAnswer> {
    return runApilink(words, { APILINK_DATA_DIR: instance.dataDir, APILINK_OPERATOR_TOKEN: token });
  }

  /** With free credit of somebody whose address was verified. */
  function create(name: string, address: string): Promise<CommandAnswer> {
    const identity = ['--with-free-credit', '--identity', `email:${address}`];
    return instance.apilink('account', 'create', '--name', name, ...identity);
  }

  async function account(): Promise<z.output<typeof accountSchema>> {
    return accountSchema.parse((await instance.apilink('account', 'show')).json);
  }

  async function paid(): Promise<bigint> {
    return BigInt((await account()).paid_nano_usd);
  }

  async function order(...words: string[]): Promise<z.output<typeof topupSchema>> {
    return topupSchema.parse((await instance.apilink('topup', 'create', ...words)).json);
  }

  async function show({ orderId }: { readonly orderId: string }): Promise<z.output<typeof detailSchema>> {
    return detailSchema.parse((await instance.apilink('topup', 'show', orderId)).json);
  }

  it('is refused below five dollars, with the reason', async () => {
    const refused = await instance.apilink('topup', 'create', '--usd', '4.99');
    expect(refused.exitCode).toBe(4);
    expect(refused.stderr).toBe('A top-up is at least $5.00; $4.99 is less.\n');
  });

  it('moves the balance exactly when it is paid on the page, and the key spends it', async () => {
    const before = await paid();
    const made = await order('--usd', '25');
    const page = await press(made, 'Pay $25.00');
    expect(page).toContain('Paid: $25.00');
    expect(page).toContain('$26.00<small>0000000</small>');
    expect((await paid()) - before).toBe(25_000_000_000n);
    expect(await show(made)).toMatchObject({ state: 'paid', payments: [{ disposition: 'credited' }] });
    const credits = await fetch(`${instance.quickstart.baseUrl}/credits`, {
      headers: { authorization: `Bearer ${instance.quickstart.apiKey}` },
    });
    expect(await credits.json()).toMatchObject({ data: { available_nano_usd: '26000000000' } });
  });

  it('keeps the second of two payments in suspense and credits one that comes late', async () => {
    const before = await paid();
    const twice = await order('--usd', '10');
    expect(await press(twice, 'Pay twice')).toContain('In suspense: the order was paid before');
    const late = await order('--usd', '7');
    expect(await press(late, 'Pay late')).toContain('Paid: $7.00');
    expect((await paid()) - before).toBe(17_000_000_000n);
    expect((await show(twice)).payments).toMatchObject([
      { disposition: 'credited' },
      { disposition: 'suspense', reason: 'second_payment' },
    ]);
  });

  it('keeps a wrong amount in suspense, and a declined payment credits nothing', async () => {
    const before = await paid();
    await press(await order('--usd', '12'), 'Pay $11.00 instead');
    expect(await press(await order('--usd', '12'), 'Decline')).toContain('The payment was declined');
    expect(await paid()).toBe(before);
    const { entries } = suspensePageSchema.parse((await instance.apilink('transfer', 'list')).json);
    expect(entries.map(({ reason }) => reason).toSorted()).toEqual(['amount_differs', 'second_payment']);
  });

  it('opens from the first steps by a form of its own, and not for a page of elsewhere', async () => {
    expect(await (await fetch(`${instance.origin}/`)).text()).toContain('href="/top-up?lang=en"');
    const send = (amount: string, headers: Record<string, string> = {}) =>
      fetch(`${instance.origin}/top-up`, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: new URLSearchParams({ currency: 'USD', amount }).toString(),
      });
    const opened = await send('5');
    expect(opened.status).toBe(303);
    const page = await fetch(new URL(opened.headers.get('location') ?? '', instance.origin));
    expect(await page.text()).toContain('Pay $5.00');
    expect(await (await send('4.99')).text()).toContain('A top-up is at least $5.00.');
    expect((await send('5', { origin: 'https://elsewhere.example' })).status).toBe(403);
    expect((await send('5', { 'x-forwarded-for': '203.0.113.7' })).status).toBe(403);
  });

  it('takes a bank transfer by its remittance code, with two people', async () => {
    const { accountId, remittanceCode: code } = await account();
    const before = await paid();
    const line = ['--currency', 'USD', '--amount', '1000.00', '--reference', 'TT-1', '--payer', 'Acme Ltd'];
    const received = suspenseSchema.parse(
      (await as(ZHANG, 'transfer', 'receive', ...line, '--remark', `invoice ${code.toLowerCase()}`)).json,
    );
    expect(received).toMatchObject({ state: 'unmatched', proposedAccountId: accountId });
    const again = await as(LI, 'transfer', 'receive', ...line, '--remark', `invoice ${code.toLowerCase()}`);
    expect(again.json).toMatchObject({ suspenseId: received.suspenseId });
    const id = received.suspenseId;
    expect((await as(ZHANG, 'transfer', 'match', id, '--account', accountId)).json).toMatchObject({ state: 'matched' });
    const alone = await as(ZHANG, 'transfer', 'approve', id);
    expect(alone).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('Two people are needed: zhang') });
    expect((await instance.apilink('transfer', 'approve', id)).stderr).toContain('nobody in particular');
    expect(await paid()).toBe(before);
    const approved = await as(LI, 'transfer', 'approve', id);
    expect(approved.json).toMatchObject({ state: 'credited', askedBy: 'zhang', approvedBy: 'li' });
    expect((await paid()) - before).toBe(1_000_000_000_000n);
  });

  it('gives free credit once per identity and within the budget of the day', async () => {
    expect((await create('One', 'jane.doe@gmail.com')).json).toMatchObject({ available_nano_usd: '1000000000' });
    expect((await create('Again', 'JaneDoe+2@googlemail.com')).stderr).toContain(
      'this e-mail address has had it before',
    );
    expect((await create('Other', 'joe@example.com')).stderr).toContain('the budget of $2.00 a day is spent');
  });

  it('leaves the books without a difference', async () => {
    expect(await auditDifferences(instance)).toEqual([]);
  });
});
