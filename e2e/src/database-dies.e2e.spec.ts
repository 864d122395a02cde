import { execFileSync } from 'node:child_process';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { catalogOf, wallEnvironment } from './catalog.js';
import { auditDifferences, Customer, generationOf } from './customer.js';
import { eventually, Instance } from './instance.js';
import { answering, Wall } from './wall.js';

const MODEL = 'acme/echo-1';
const messages = [{ role: 'user', content: 'hi' }];

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
}

/** A process that is gone already has got what was wanted. */
function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch (error) {
      if (codeOf(error) !== 'ESRCH') throw error;
    }
  }
}

describe('the embedded database dies under running streams', () => {
  let wall: Wall;
  let instance: Instance;
  let frozen: number[] = [];

  beforeEach(async () => {
    wall = await Wall.start();
    instance = await Instance.start({
      configuration: catalogOf([{ id: MODEL, endpoints: [{ baseUrl: wall.baseUrl, upstreamModel: 'gated' }] }]),
      environment: { ...wallEnvironment, HOLD_EXPIRY: '30s' },
    });
  }, 120_000);

  afterEach(async () => {
    signal(frozen, 'SIGCONT');
    await instance.dispose();
    await wall.stop();
  }, 60_000);

  /** The postmaster and its backends, found as an operator would: by the data folder, then among its children. */
  function postgresPids(): number[] {
    const rows = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
      .split('\n')
      .map((text) => text.trim().split(/\s+/));
    const postmaster = rows.find(
      ([, , program, ...rest]) => program?.endsWith('postgres') === true && rest.join(' ').includes(instance.dataDir),
    );
    if (postmaster === undefined) throw new Error('no Postgres on this data folder');
    return [postmaster, ...rows.filter(([, parent]) => parent === postmaster[0])].map(([pid]) => Number(pid));
  }

  /** The gauge that operators watch. */
  async function spoolBytes(): Promise<number> {
    const metrics = await (await fetch(`${instance.quickstart.services['admin']}/metrics`)).text();
    return Number(/^apilink_spool_bytes(?:\{[^}]*\})? (\d+)/m.exec(metrics)?.[1] ?? 0);
  }

  it('running streams finish, new requests get 503, and a spool that survives kill -9 is settled after the restart', async () => {
    const customer = await Customer.create(instance, '1');
    const finish = Promise.withResolvers<void>();
    wall.script('gated', answering({ tokens: 5, beforeFinish: finish.promise }));
    const running = await Promise.all(
      Array.from({ length: 5 }, async () => customer.chat({ model: MODEL, stream: true, max_tokens: 100, messages })),
    );
    expect(running.map((response) => response.status)).toEqual([200, 200, 200, 200, 200]);
    frozen = postgresPids();
    signal(frozen, 'SIGSTOP');

    finish.resolve();
    const texts = await Promise.all(running.map(async (response) => response.text()));
    for (const text of texts) expect(text).toContain('[DONE]');
    const refused = await eventually('new requests are refused', async () => {
      const response = await customer.chat({ model: MODEL, max_tokens: 10, messages });
      const text = await response.text();
      return response.status === 503 ? { text, retryAfter: response.headers.get('retry-after') } : null;
    });
    expect(refused.text).toMatch(/billing_unavailable|spool_full/);
    expect(refused.retryAfter).toMatch(/^\d+$/);

    await eventually('the usage events are on the disk', async () => ((await spoolBytes()) > 0 ? true : null), 20_000);

    await instance.stop('SIGKILL');
    signal(frozen, 'SIGKILL');
    await instance.startAgain();
    for (const response of running) {
      expect(await customer.receipt(generationOf(response), 20_000)).toMatchObject({
        outcome: 'completed',
        charge_nano_usd: '5000',
      });
    }
    expect((await customer.settled()).spent).toBe(25_000n);
    expect(await auditDifferences(instance)).toEqual([]);
  }, 180_000);
});
