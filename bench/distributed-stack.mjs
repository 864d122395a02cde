import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { holdStoreVariables, openHoldStore } from '@apilink/holds';
import { Cluster, freeClusterPort, planCluster } from '@apilink/local-stack';
import { readEnvironment } from '@apilink/service';
import { z } from 'zod';

import { Bystanders, nodeFlags, unreachableLimits } from './bystanders.mjs';
import { createCustomer } from './customer.mjs';

/** Kafka, Redis, Postgres and every service as a process of its own, as in `npm run cluster`; one edge, one billing. */
export class DistributedStack {
  topology = 'distributed';
  #folder = mkdtempSync(join(tmpdir(), 'apilink-bench-'));
  #bystanders;
  #cluster = null;
  customer = null;

  constructor(programs, children) {
    this.#bystanders = new Bystanders(programs, children, this.#folder);
    chmodSync(this.#folder, 0o711);
  }

  get base() {
    return this.#bystanders.base;
  }

  get edge() {
    const [{ pid, port }] = this.#cluster.edges;
    return { pid, address: `127.0.0.1:${port}` };
  }

  get billing() {
    return this.#cluster.billing[0];
  }

  get brokers() {
    return this.#cluster.kafka.brokers;
  }

  get pids() {
    const { redis, kafka, postgres, router } = this.#cluster;
    return {
      Redis: redis.pid,
      Kafka: kafka.pid,
      billing: this.billing.pid,
      Postgres: postgres.pid,
      router: router.pid,
    };
  }

  async openGate() {
    const { url, pid } = this.#cluster.redis;
    const environment = readEnvironment(z.object(holdStoreVariables), { REDIS_URL: url });
    const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const store = await openHoldStore({ environment, clientName: 'bench', logger, database: () => Promise.reject() });
    return { name: 'Redis', store, concurrency: 256, pid, close: () => store.close() };
  }

  async start(onStep) {
    onStep('Starting the mock upstream');
    await this.#bystanders.startUpstream();
    this.#cluster = new Cluster({
      folder: join(this.#folder, 'cluster'),
      edges: 1,
      billing: 1,
      port: await freeClusterPort((port) => planCluster({ edges: 1, billing: 1, port })),
      isTemporary: true,
      environment: {
        ...unreachableLimits,
        APILINK_CONFIG: this.#bystanders.configuration,
        MOCK_API_KEY: 'mock',
        NODE_OPTIONS: nodeFlags.join(' '),
      },
      step: async (name, work) => {
        onStep(name);
        return work();
      },
    });
    await this.#cluster.start();
    this.customer = await createCustomer(this.billing.url, this.#cluster.quickstart.operatorToken);
    onStep('Starting the base');
    await this.#bystanders.restartBase();
  }

  async restartMeasured() {
    await this.#bystanders.restartBase();
    await this.#cluster.edges[0].restart();
  }

  async stop() {
    await this.#cluster?.stop();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
