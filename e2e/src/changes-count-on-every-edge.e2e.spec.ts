import type { CommandAnswer } from '@apilink/local-stack';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { catalogOf, wallEnvironment } from './catalog.js';
import { TestCluster } from './cluster.js';
import { auditDifferences, Customer } from './customer.js';
import { eventually } from './instance.js';
import { answering, Wall } from './wall.js';

const MODEL = 'acme/echo-1';
/** From the moment in which the owner was told that the change is made. */
const COUNTS_MS_MAX = 2000;
/** An answer is as long as was asked for: 10 output tokens of 1,000 nano-USD. */
const TOKENS = 10;

const messages = [{ role: 'user', content: 'hi' }];

interface Seen {
  readonly status: number;
  readonly text: string;
}

function isOverBudget({ status, text }: Seen): boolean {
  return status === 403 && text.includes('workspace_budget_exhausted');
}

describe('a change counts on every edge within 2 s', () => {
  let wall: Wall;
  let cluster: TestCluster;

  beforeAll(async () => {
    wall = await Wall.start();
    wall.script('quick', answering({ tokens: TOKENS }));
    cluster = await TestCluster.start({
      edges: 2,
      billing: 2,
      configuration: catalogOf([{ id: MODEL, endpoints: [{ baseUrl: wall.baseUrl, upstreamModel: 'quick' }] }]),
      environment: wallEnvironment,
    });
  }, 120_000);

  afterEach(async () => {
    expect(await auditDifferences(cluster)).toEqual([]);
    expect(cluster.lost).toEqual([]);
  });

  afterAll(async () => {
    // First what cannot fail: an open server would keep the run from ending.
    await wall.stop();
    await cluster.stop();
  }, 60_000);

  /** The same request at every edge at once. */
  async function askEverywhere(customer: Customer, maxTokens = TOKENS): Promise<readonly Seen[]> {
    return Promise.all(
      cluster.edges.map(async ({ url }) => {
        const response = await customer.at(url).chat({ model: MODEL, max_tokens: maxTokens, messages });
        return { status: response.status, text: await response.text() };
      }),
    );
  }

  /** A customer whom both edges know already, with nothing held. */
  async function knownCustomer(usd: string, keyOptions: readonly string[] = []): Promise<Customer> {
    const customer = await Customer.create(cluster, usd, keyOptions);
    expect((await askEverywhere(customer)).map(({ status }) => status)).toEqual([200, 200]);
    await customer.settled();
    return customer;
  }

  async function change(...words: string[]): Promise<CommandAnswer> {
    const answer = await cluster.apilink(...words);
    if (answer.exitCode !== 0) throw new Error(answer.stderr);
    return answer;
  }

  /** Resolves with how long it took until both edges answered so, in ms. */
  async function everywhere(what: string, customer: Customer, isCounted: (seen: Seen) => boolean): Promise<number> {
    const startedAt = performance.now();
    return eventually(
      what,
      async () =>
        (await askEverywhere(customer)).every((seen) => isCounted(seen)) ? performance.now() - startedAt : null,
      COUNTS_MS_MAX,
    );
  }

  it('a revoked key is refused', async () => {
    const customer = await knownCustomer('1');
    await change('key', 'revoke', customer.keyId);
    expect(
      await everywhere(
        'revoked on both',
        customer,
        ({ status, text }) => status === 401 && text.includes('revoked_api_key'),
      ),
    ).toBeLessThan(COUNTS_MS_MAX);
    const { length } = wall.calls;
    await askEverywhere(customer);
    expect(wall.calls).toHaveLength(length);
  });

  it('a cap lowered below what is spent refuses, and a raised one admits again', async () => {
    const customer = await knownCustomer('1', ['--monthly-cap-usd', '0.5']);
    await change('key', 'update', customer.keyId, '--monthly-cap-usd', '0.000005');
    expect(await everywhere('refused on both', customer, ({ status }) => status === 402)).toBeLessThan(COUNTS_MS_MAX);
    await change('key', 'update', customer.keyId, '--monthly-cap-usd', '0.5');
    expect(await everywhere('admitted on both', customer, ({ status }) => status === 200)).toBeLessThan(COUNTS_MS_MAX);
    await customer.settled();
  });

  it.each([
    ['daily', '--daily-cap-usd'],
    ['weekly', '--weekly-cap-usd'],
  ])('a %s cap that is new and below what is spent refuses, and none admits again', async (period, option) => {
    const customer = await knownCustomer('1');
    await change('key', 'update', customer.keyId, option, '0.000005');
    const refused = ({ status, text }: Seen): boolean => status === 402 && text.includes(`The ${period} cap`);
    expect(await everywhere('refused on both', customer, refused)).toBeLessThan(COUNTS_MS_MAX);
    await change('key', 'update', customer.keyId, option, 'none');
    expect(await everywhere('admitted on both', customer, ({ status }) => status === 200)).toBeLessThan(COUNTS_MS_MAX);
    await customer.settled();
  });

  it('a budget of a workspace lowered below what is spent, or to 0, refuses, and a raised one admits again', async () => {
    const customer = await knownCustomer('1');
    const budget = async (usd: string): Promise<CommandAnswer> =>
      change('workspace', 'update', '--account', customer.accountId, '--monthly-budget-usd', usd);
    for (const usd of ['0.000005', '0']) {
      await budget(usd);
      expect(await everywhere('refused on both', customer, isOverBudget)).toBeLessThan(COUNTS_MS_MAX);
    }
    await budget('0.5');
    expect(await everywhere('admitted on both', customer, ({ status }) => status === 200)).toBeLessThan(COUNTS_MS_MAX);
    await customer.settled();
  });

  it('a cap lowered while an answer runs stops its growth, whichever edge it runs on', async () => {
    const customer = await knownCustomer('1');
    const lowered = Promise.withResolvers<void>();
    wall.script('quick', answering({ tokens: 29_000, pauseAfter: { tokens: 100, until: lowered.promise } }));
    const begun = await Promise.all(
      cluster.edges.map(async ({ url }) =>
        customer.at(url).chat({ model: MODEL, stream: true, max_tokens: 30_000, messages }),
      ),
    );
    expect(begun.map(({ headers }) => headers.get('x-apilink-hold-usd'))).toEqual(['0.004096000', '0.004096000']);
    const texts = begun.map(async (response) => response.text());
    await change('key', 'update', customer.keyId, '--monthly-cap-usd', '0.000005');
    await everywhere('refused on both', customer, ({ status }) => status === 402);
    const { held, spent } = await customer.credits();
    lowered.resolve();
    for (const text of texts) expect(await text).toContain('"finish_reason":"length"');
    wall.script('quick', answering({ tokens: TOKENS }));
    // What was held when the cap came down may be charged; nothing beyond.
    expect((await customer.settled()).spent).toBeLessThanOrEqual(spent + held);
  });

  it('a cap lowered above what is spent leaves exactly the rest, over both edges together', async () => {
    const customer = await knownCustomer('1');
    const spentBefore = (await customer.settled()).spent;
    // Three more answers.
    const capNanoUsd = spentBefore + 30_000n;
    await change('key', 'update', customer.keyId, '--monthly-cap-usd', `0.${String(capNanoUsd).padStart(9, '0')}`);
    const seen = [...(await askEverywhere(customer)), ...(await askEverywhere(customer))];
    expect(seen.map(({ status }) => status).toSorted((left, right) => left - right)).toEqual([200, 200, 200, 402]);
    expect((await customer.settled()).spent).toBe(capNanoUsd);
  });

  it('granted credit admits an account that had spent all', async () => {
    const customer = await knownCustomer('0.00002');
    expect((await askEverywhere(customer)).map(({ status }) => status)).toEqual([402, 402]);
    await change('credit', 'grant', '--account', customer.accountId, '--usd', '1', '--reason', 'e2e');
    expect(await everywhere('admitted on both', customer, ({ status }) => status === 200)).toBeLessThan(COUNTS_MS_MAX);
    await customer.settled();
  });
});
