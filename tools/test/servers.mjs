import { join } from 'node:path';

import { showStep } from '../bootstrap/progress.mjs';

/** Nothing of these databases is kept, so no commit has to wait for the disk. */
const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** How each need is met: what Jest's environment gets. A server of one's own is named by the same variable. */
const providers = {
  postgres: async (folder) => {
    if (process.env.TEST_DATABASE_URL !== undefined) return { environment: {} };
    const { startEmbeddedPostgres } = await import('../../libs/postgres/dist/index.js');
    const server = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), settings });
    return { environment: { TEST_DATABASE_URL: server.superuserUrl }, stop: () => server.stop() };
  },
  redis: async () => {
    const { testRedis } = await localStack();
    return { environment: { TEST_REDIS_URL: (await testRedis()).url } };
  },
  kafka: async () => {
    const { testKafka } = await localStack();
    return { environment: { TEST_KAFKA_BROKERS: (await testKafka()).brokers } };
  },
  installation: async () => {
    const { installationProblem } = await localStack();
    const problem = await installationProblem((step) => console.error(step));
    if (problem !== null) throw new Error(problem);
    return { environment: {} };
  },
};

const localStack = () => import('../../libs/local-stack/dist/index.js');

/**
 * The servers of one run, each started when the first suite needs it. `problems` says why a need is not met; what needs
 * it is then reported as skipped.
 */
export class Servers {
  environment = {};
  problems = {};
  #met = new Set();
  #stops = [];

  constructor(folder) {
    this.folder = folder;
  }

  async meet(needs) {
    const open = [...needs].filter((need) => !this.#met.has(need));
    if (open.length === 0) return;
    await showStep(`Starting ${open.map((need) => titles[need]).join(', ')} for the tests`, () =>
      Promise.all(open.map((need) => this.#meetOne(need))),
    );
  }

  async stop() {
    for (const stop of this.#stops) await stop();
  }

  async #meetOne(need) {
    this.#met.add(need);
    try {
      const { environment, stop } = await providers[need](this.folder);
      Object.assign(this.environment, environment);
      if (stop !== undefined) this.#stops.push(stop);
    } catch (error) {
      this.problems[need] = error.message;
    }
  }
}

const titles = { postgres: 'Postgres', redis: 'Redis', kafka: 'Kafka', installation: 'what a cluster needs' };
