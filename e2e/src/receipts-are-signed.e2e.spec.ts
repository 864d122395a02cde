import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { auditDifferences, Customer, generationOf } from './customer.js';
import { Instance } from './instance.js';

const signedSchema = z.object({
  signature: z.string(),
  data: z.looseObject({
    id: z.string(),
    charge_nano_usd: z.string(),
    metered_nano_usd: z.string(),
    charge_basis: z.string(),
    lines: z.array(z.looseObject({ dimension: z.string(), units: z.number(), amount_femto_usd: z.string() })),
  }),
});
const verdictSchema = z.looseObject({
  valid: z.boolean(),
  problem: z.string().optional(),
  fields: z.array(z.string()).optional(),
});
const reportSchema = z.looseObject({
  rows: z.array(z.looseObject({ value: z.string(), requests: z.number(), charge_nano_usd: z.string() })),
  total: z.looseObject({ requests: z.number(), charge_nano_usd: z.string() }),
});

describe('a receipt that anybody can check', () => {
  let instance: Instance;
  let customer: Customer;
  let id: string;
  let keys: string;
  let file: string;

  beforeAll(async () => {
    instance = await Instance.start();
    customer = await Customer.create(instance, '5');
    keys = join(instance.folder, 'keys.json');
    file = join(instance.folder, 'receipt.json');
  }, 120_000);

  afterAll(async () => {
    await instance.dispose();
  }, 60_000);

  async function signed() {
    return signedSchema.parse(await (await customer.get(`/generation?id=${id}`)).json());
  }

  async function verify(path: string) {
    const { exitCode, json } = await instance.apilink('receipt', 'verify', path, '--keys', keys);
    return { exitCode, ...verdictSchema.parse(json) };
  }

  it('is final within 2 s and itemises, to the femto, what was charged', async () => {
    const answer = await customer.chat({
      model: 'demo/echo',
      max_tokens: 30,
      user: 'ann',
      messages: [{ role: 'user', content: 'Hello' }],
    });
    const { usage } = z.looseObject({ usage: z.looseObject({ cost_nano_usd: z.string() }) }).parse(await answer.json());
    id = generationOf(answer);
    await customer.receipt(id, 2_000);
    const { data } = await signed();
    expect(data).toMatchObject({ id, charge_basis: 'metered', charge_nano_usd: usage.cost_nano_usd });
    const femto = data.lines.reduce((sum, line) => sum + BigInt(line.amount_femto_usd), 0n);
    expect((femto + 999_999n) / 1_000_000n).toBe(BigInt(data.metered_nano_usd));
    expect(data.metered_nano_usd).toBe(data.charge_nano_usd);
  });

  it('has its keys on the address that gave it, and is valid without asking anybody', async () => {
    const published = await fetch(`${instance.origin}/.well-known/apilink-receipts`);
    writeFileSync(keys, await published.text());
    writeFileSync(file, JSON.stringify(await signed()));
    expect(await verify(file)).toMatchObject({ exitCode: 0, valid: true });
    const written = await instance.apilink('receipt', id, '--signed');
    writeFileSync(file, JSON.stringify(written.json));
    expect(await verify(file)).toMatchObject({ exitCode: 0, valid: true });
  });

  it('names what was altered', async () => {
    const { data, signature } = await signed();
    const forged = join(instance.folder, 'forged.json');
    writeFileSync(forged, JSON.stringify({ data: { ...data, charge_nano_usd: '1' }, signature }));
    expect(await verify(forged)).toMatchObject({
      exitCode: 1,
      valid: false,
      problem: 'altered',
      fields: ['charge_nano_usd'],
    });
  });

  it('stays valid with the new set of keys after a key was replaced', async () => {
    expect((await instance.apilink('receipt', 'rotate-key')).exitCode).toBe(0);
    const before: unknown = JSON.parse(readFileSync(keys, 'utf8'));
    const { json } = await instance.apilink('receipt', 'keys');
    writeFileSync(keys, JSON.stringify(json));
    expect(z.looseObject({ keys: z.array(z.unknown()) }).parse(json).keys).toHaveLength(2);
    expect(before).toMatchObject({ keys: [expect.any(Object)] });
    expect(await verify(file)).toMatchObject({ exitCode: 0, valid: true });
  });

  it('is in the report of usage, by user and by model, to the nano-dollar', async () => {
    const { data } = await signed();
    for (const by of ['user', 'model', 'key', 'day', 'outcome']) {
      const { json } = await instance.apilink('usage', '--account', customer.accountId, '--by', by);
      const report = reportSchema.parse(json);
      expect(report.total).toMatchObject({ requests: 1, charge_nano_usd: data.charge_nano_usd });
      expect(report.rows).toEqual([expect.objectContaining({ requests: 1, charge_nano_usd: data.charge_nano_usd })]);
    }
    expect(await auditDifferences(instance)).toEqual([]);
  });
});
