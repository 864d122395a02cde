import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { catalogOf, wallEnvironment } from './catalog.js';
import { TestCluster } from './cluster.js';
import { auditDifferences, Customer } from './customer.js';
import { SETTLED_MS_MAX } from './exact-books.js';
import { eventually } from './instance.js';
import { RawClient } from './raw-client.js';
import { answering, Wall } from './wall.js';

const MODEL = 'acme/echo-1';
const HOLD = '100000';

describe('an edge that is silent for longer than a hold lives', () => {
  let wall: Wall;
  let cluster: TestCluster;

  beforeAll(async () => {
    wall = await Wall.start();
    cluster = await TestCluster.start({
      edges: 2,
      billing: 1,
      configuration: catalogOf([{ id: MODEL, endpoints: [{ baseUrl: wall.baseUrl, upstreamModel: 'scripted' }] }]),
      environment: { ...wallEnvironment, HOLD_EXPIRY: '6s' },
    });
  }, 120_000);

  afterAll(async () => {
    await wall.stop();
    await cluster.stop();
  }, 60_000);

  it('expired, then late_settled: its hold ends without a charge, and what it tells afterwards is charged as metered', async () => {
    const [frozen, other] = cluster.edges;
    if (frozen === undefined || other === undefined) throw new Error('two edges');
    const customer = await Customer.create(cluster, '1');
    const finish = Promise.withResolvers<void>();
    wall.script('scripted', answering({ tokens: 5, beforeFinish: finish.promise }));
    const client = await RawClient.connect(frozen.port);
    const messages = [{ role: 'user', content: 'hi' }];
    client.sendChat(customer.apiKey, { model: MODEL, stream: true, max_tokens: 100, messages });
    await client.until(/w4 /);
    const id = client.header('x-generation-id') ?? '';

    frozen.signal('SIGSTOP');
    try {
      const elsewhere = customer.at(other.url);
      expect(await elsewhere.receipt(id, SETTLED_MS_MAX)).toMatchObject({
        state: 'expired',
        outcome: 'expired',
        charge_nano_usd: '0',
        released_nano_usd: HOLD,
      });
      expect(await elsewhere.settled()).toMatchObject({ spent: 0n, held: 0n, available: 1_000_000_000n });
      expect(await auditDifferences(cluster)).toEqual([]);
      finish.resolve();
      // All of the answer waits at the edge's door before it wakes up and learns that its hold is gone.
      await eventually('the upstream has said all', async () => wall.callsOf('scripted')[0]?.finished === true || null);
    } finally {
      frozen.signal('SIGCONT');
    }
    const late = await eventually(
      'it is settled late',
      async () => {
        const receipt = await customer.at(other.url).receipt(id, 2000);
        return receipt.state === 'late_settled' ? receipt : null;
      },
      SETTLED_MS_MAX,
    );
    expect(late).toMatchObject({ charge_nano_usd: '5000', usage_source: 'upstream' });
    expect(await customer.at(other.url).settled()).toMatchObject({ spent: 5000n, available: 999_995_000n });
    expect(await auditDifferences(cluster)).toEqual([]);
    expect(cluster.lost).toEqual([]);
  }, 240_000);
});
