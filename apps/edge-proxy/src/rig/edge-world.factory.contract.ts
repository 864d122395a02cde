import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { topics, usageFinalSchema, type UsageFinal } from '@apilink/contracts';
import { MemoryEventLog, type EventLog, type Subscription } from '@apilink/events';
import { MemoryHoldStore, type GateAdministration, type GateAccountView, type HoldStore } from '@apilink/holds';
import {
  createApiKey,
  createLogger,
  hashApiKey,
  type Failpoints,
  type Logger,
  type ServiceApplication,
} from '@apilink/service';

import { createEdgeApplication } from '../application.js';
import type { EdgeTuning } from '../edge.factory.js';
import { relayLimits } from '../relay/relay-limits.config.js';
import { FakeBilling } from './fake-billing.factory.contract.js';
import { RawClient, type ReceivedAnswer } from './raw-client.factory.contract.js';
import { accountId, MODEL, modelEvent, snapshot, type SeedOptions } from './world-seed.factory.contract.js';
import { ScriptedUpstream } from './scripted-upstream.factory.contract.js';

export {
  accountId,
  INPUT_NANO_USD,
  keyId,
  MODEL,
  OUTPUT_NANO_USD,
  workspaceId,
} from './world-seed.factory.contract.js';

export interface WorldOptions extends SeedOptions {
  readonly tuning?: Partial<EdgeTuning>;
  readonly relay?: Partial<EdgeTuning['relay']>;
  readonly env?: Record<string, string>;
  readonly eventLog?: EventLog;
  readonly dataDir?: string;
  readonly wrapStore?: (store: HoldStore) => HoldStore;
  /** Default: a gate in memory. */
  readonly store?: HoldStore & GateAdministration;
  /** The edge opens its ports itself, as in production. */
  readonly opensPorts?: boolean;
  readonly logger?: Logger;
  readonly failpoints?: Failpoints;
  /** Of another world with the same gate, which has loaded its account. */
  readonly apiKey?: string;
  /** The epoch of the gate that the account is loaded under (1). */
  readonly epoch?: number;
  /** Who reads the finals; another one where the log keeps those of earlier worlds. */
  readonly group?: string;
  /** Finals of requests that ended before are another world's, ms since the epoch. */
  readonly finalsSince?: number;
}

interface WorldParts {
  readonly application: ServiceApplication;
  readonly port: number;
  readonly apiKey: string;
  readonly store: HoldStore & GateAdministration;
  readonly alpha: ScriptedUpstream;
  readonly beta: ScriptedUpstream;
  readonly billing: FakeBilling;
  readonly dataDir: string;
}

/** An edge on a real port, with its gate and event log in memory and two scripted providers of one model. */
export class EdgeWorld {
  /** Every `usage.final` that the log has taken. */
  readonly finals: UsageFinal[] = [];
  #waiting: (() => void)[] = [];
  readonly #clients: RawClient[] = [];
  #subscription: Subscription | null = null;

  private constructor(
    private readonly parts: WorldParts,
    private readonly options: WorldOptions,
  ) {}

  #take(final: UsageFinal): void {
    if (final.endedAt >= (this.options.finalsSince ?? 0)) this.finals.push(final);
  }

  static async open(options: WorldOptions = {}): Promise<EdgeWorld> {
    const store = options.store ?? new MemoryHoldStore({ now: Date.now });
    const log = options.eventLog ?? new MemoryEventLog();
    const { apiKey, keyHash } = createApiKey();
    if (options.apiKey === undefined) await store.load(snapshot(keyHash, options, options.epoch ?? 1));
    const [alpha, beta, billing] = [
      await ScriptedUpstream.listen(),
      await ScriptedUpstream.listen(),
      await FakeBilling.listen(),
    ];
    await log.publish([modelEvent(options, alpha.baseUrl, beta.baseUrl)]);
    const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'edge-')));
    const application = await createEdgeApplication({
      env: {
        BILLING_URL: billing.url,
        SERVICE_TOKENS: 'x'.repeat(32),
        APILINK_DATA_DIR: dataDir,
        ...options.env,
      },
      logger: options.logger ?? createLogger({ name: 'edge-proxy', level: 'silent' }),
      ports: options.opensPorts === true ? {} : { eventLog: log, holdStore: options.wrapStore?.(store) ?? store },
      ...(options.failpoints === undefined ? {} : { failpoints: options.failpoints }),
      tuning: {
        relay: { ...relayLimits, sweepMs: 5, ...options.relay },
        releaseRetryMs: 5,
        replayMs: 20,
        handOverRetryMs: 5,
        flushMs: 50,
        tablePatienceMs: { withSnapshot: 100, without: 100 },
        random: () => 0.5,
        ...options.tuning,
      },
    });
    await new Promise<void>((resolve) => {
      application.server.listen(0, '127.0.0.1', resolve);
    });
    const port = portOf(application.server);
    const world = new EdgeWorld(
      {
        application,
        port,
        apiKey: options.apiKey ?? apiKey,
        store,
        alpha,
        beta,
        billing,
        dataDir,
      },
      options,
    );
    world.#subscription = await log.subscribe(
      { group: options.group ?? 'spec', topics: [topics.usage.name], batchMax: 100 },
      (batch) => {
        for (const event of batch.events) {
          if (event.type === 'usage.final') world.#take(usageFinalSchema.parse(JSON.parse(event.body ?? '')));
        }
        for (const resolve of world.#waiting.splice(0)) resolve();
        return Promise.resolve([]);
      },
    );
    try {
      await application.start();
      return world;
    } catch (error) {
      await world.close({ keepData: true });
      throw error;
    }
  }

  get alpha(): ScriptedUpstream {
    return this.parts.alpha;
  }
  get beta(): ScriptedUpstream {
    return this.parts.beta;
  }
  get billing(): FakeBilling {
    return this.parts.billing;
  }
  get store(): HoldStore & GateAdministration {
    return this.parts.store;
  }
  get apiKey(): string {
    return this.parts.apiKey;
  }
  get application(): ServiceApplication {
    return this.parts.application;
  }
  /** For clients that speak HTTP by themselves. */
  get url(): string {
    return `http://127.0.0.1:${this.parts.port}`;
  }
  get dataDir(): string {
    return this.parts.dataDir;
  }

  async client(): Promise<RawClient> {
    const client = await RawClient.connect(this.parts.port);
    this.#clients.push(client);
    return client;
  }

  /** Sends a chat request on a connection of its own; a stream unless the body says otherwise. */
  async chat(body: object = {}, headers: Record<string, string> = {}): Promise<RawClient> {
    const client = await this.client();
    const whole = { model: MODEL, stream: true, messages: [{ role: 'user', content: 'Hello' }], ...body };
    return client.post('/v1/chat/completions', this.apiKey, whole, headers);
  }

  async get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<ReceivedAnswer> {
    const client = await this.client();
    const all = { host: 'edge', authorization: `Bearer ${this.apiKey}`, ...headers };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    client.send(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
    return client.answer();
  }

  /** The next `usage.final`, or the one that is there already. */
  async final(count = 1): Promise<UsageFinal> {
    while (this.finals.length < count) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    const final = this.finals[count - 1];
    if (final === undefined) throw new Error('there is no such event');
    return final;
  }

  async gate(): Promise<GateAccountView> {
    const view = await this.store.inspect(accountId);
    if (view === null) throw new Error('the account is not loaded');
    return view;
  }

  /** What billing does after the gate has lost its memory. */
  async reload(epoch: number): Promise<void> {
    await this.store.load(snapshot(hashApiKey(this.apiKey), this.options, epoch));
  }

  async close(options: { keepData?: boolean } = {}): Promise<void> {
    for (const client of this.#clients) client.socket.destroy();
    await this.application.drain(0).catch(() => undefined);
    this.application.server.closeAllConnections();
    await this.application.close();
    await this.#subscription?.stop();
    await Promise.all([this.alpha.close(), this.beta.close(), this.billing.close()]);
    if (options.keepData !== true) await rm(this.dataDir, { recursive: true, force: true });
  }
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  return address.port;
}
