import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';

import { busyPortProblem } from './busy-port.js';
import { environmentOf, urlOf, type ClusterFacts, type Variables } from './cluster-environment.js';
import { ClusterFolder, type ClusterQuickstart } from './cluster-folder.js';
import { endLeftovers, startWatch } from './cluster-leftovers.js';
import { planCluster, sizeProblem, type ClusterServiceName, type PlannedProcess } from './cluster-plan.js';
import { ClusterService } from './cluster-service.js';
import { awaitGate, createTopics, prepareDatabase, startStores, type ClusterStores } from './cluster-stores.js';
import { runApilink, type CommandAnswer } from './command-line.js';
import { ensureFirstKey } from './first-key.js';
import type { RunningKafka } from './kafka-server.js';
import type { RunningPostgres } from './postgres-server.js';
import type { RunningRedis } from './redis-server.js';

export interface ClusterOptions {
  /** Data, logs and `quickstart.json`; a later start on it goes on with what is there. */
  readonly folder: string;
  /** 1 to 4. Default 2. */
  readonly edges?: number;
  /** Instances of billing, 1 to 8. Default 2. */
  readonly billing?: number;
  /** Of the first edge; the others follow from it (`planCluster`). Default 8787. */
  readonly port?: number;
  /** What every process gets besides what the cluster decides. Default: nothing. */
  readonly environment?: Variables;
  /** What the processes of one service get besides: `{ billing: { APILINK_FAILPOINTS: 'settlement.committed:1' } }`. */
  readonly environmentOf?: Readonly<Partial<Record<ClusterServiceName, Variables>>>;
  /** Where the services run: relative paths in variables are of it. Default: the current one. */
  readonly workingFolder?: string;
  /** The folder goes when `stop` has ended, and when the process that runs the cluster is killed. Default: it stays. */
  readonly isTemporary?: boolean;
  /** Runs one long step, to show it. */
  readonly step?: Step;
  /** Told of what takes long within a step. */
  readonly onNote?: (note: string) => void;
  /** A process ended by itself; it is not started again. */
  readonly onLost?: (lost: LostProcess) => void;
}

export type Step = <Result>(name: string, work: () => Promise<Result>) => Promise<Result>;

export interface LostProcess {
  readonly name: string;
  readonly logFile: string;
  readonly lastLines: string;
  /** Nothing can be served without it: a store, the last edge, the last billing. */
  readonly isNeeded: boolean;
}

/**
 * The distributed topology on one machine: Kafka, Redis, Postgres and every service as a process of its own on 127.0.0.1.
 * Each service and store can be killed, stopped and restarted by itself, and keeps its port and its data.
 *
 * `new Cluster(options)` takes the folder, `start()` resolves when every process is ready; `stop()` at any time, also
 * while it starts.
 */
export class Cluster {
  readonly plan: readonly PlannedProcess[];
  readonly folder: ClusterFolder;
  #services: readonly ClusterService[] = [];
  #stores: ClusterStores | null = null;
  #quickstart: ClusterQuickstart | null = null;
  #starting: Promise<void> = Promise.resolve();
  #watch: ChildProcess | null = null;
  #isStopping = false;
  /** In the order of their start. */
  readonly #storeStops: (() => Promise<void>)[] = [];

  /** Throws one sentence for a size that cannot be, or for a folder that another process owns. */
  constructor(private readonly options: ClusterOptions) {
    const size = { edges: options.edges ?? 2, billing: options.billing ?? 2, port: options.port ?? 8787 };
    const problem = sizeProblem(size);
    if (problem !== null) throw new Error(problem);
    this.plan = planCluster(size);
    this.folder = new ClusterFolder(options.folder);
  }

  /** In the order of their ports; the first one is that of `quickstart.baseUrl`. */
  get edges(): readonly ClusterService[] {
    return this.#named('edge-proxy');
  }

  /** All of them consume; the first one is asked over HTTP by the command line, edges are spread over all. */
  get billing(): readonly ClusterService[] {
    return this.#named('billing');
  }

  get router(): ClusterService {
    return this.#one('router');
  }

  get invoicing(): ClusterService {
    return this.#one('invoicing');
  }

  get status(): ClusterService {
    return this.#one('status');
  }

  get demoProvider(): ClusterService {
    return this.#one('demo-provider');
  }

  get kafka(): RunningKafka {
    return this.#started.kafka;
  }

  get redis(): RunningRedis {
    return this.#started.redis;
  }

  get postgres(): RunningPostgres {
    return this.#started.postgres;
  }

  get quickstart(): ClusterQuickstart {
    if (this.#quickstart === null) throw new Error('the cluster is not ready');
    return this.#quickstart;
  }

  /** Runs the command line against this cluster, as `npx apilink … --json` does. */
  async apilink(...words: string[]): Promise<CommandAnswer> {
    return runApilink(words, { APILINK_DATA_DIR: this.folder.path });
  }

  /** Resolves when requests are admitted again: after a restart of Redis a sixth of `HOLD_EXPIRY` has to pass. */
  async admitting(): Promise<void> {
    await awaitGate(this.redis.url);
  }

  /** Rejects with one sentence when something cannot be started; call `stop` then too. */
  async start(): Promise<void> {
    this.#starting = this.#start();
    await this.#starting;
  }

  /**
   * Edges drain first, into Kafka and billing that still run; then all other services; the stores end last. Resolves with
   * the names of services that did not end in order.
   */
  async stop(): Promise<readonly string[]> {
    this.#isStopping = true;
    const edges = this.#services.filter(({ service }) => service === 'edge-proxy');
    const others = this.#services.filter(({ service }) => service !== 'edge-proxy');
    const unclean = [...(await stopAll(edges)), ...(await stopAll(others))];
    await this.#starting.catch(() => undefined);
    // A start that still went on may have come this far.
    await stopAll(this.#services);
    await Promise.all(this.#storeStops.map((stop) => stop()));
    this.folder.release();
    this.#watch?.stdin?.end();
    if (this.options.isTemporary === true) rmSync(this.folder.path, { recursive: true, force: true, maxRetries: 5 });
    return unclean;
  }

  /** SIGKILL to every process at once, as when the machine is switched off. The folder stays owned: `stop` follows. */
  async kill(): Promise<void> {
    this.#isStopping = true;
    const stores = this.#stores === null ? [] : Object.values(this.#stores);
    await Promise.all([...this.#services, ...stores].map(async (killed) => killed.kill()));
  }

  async #start(): Promise<void> {
    const { options, folder, plan } = this;
    const step: Step = async (name, work) => {
      this.#proceed();
      return (options.step ?? silently)(name, work);
    };
    await endLeftovers(folder.path);
    const problem = await busyPortProblem(plan);
    if (problem !== null) throw new Error(problem);
    this.#watch = startWatch(folder.path, options.isTemporary === true);
    const secrets = folder.readSecrets();
    const stores = await step('Starting Kafka, Redis and Postgres', () => this.#startStores());
    const databaseUrls = await step('Creating topics, roles and schemas', async () => {
      const [urls] = await Promise.all([
        prepareDatabase(stores.postgres.superuserUrl, secrets.rolePasswords),
        createTopics(stores.kafka.brokers),
      ]);
      return urls;
    });
    this.#services = this.#createServices({
      plan,
      folder: folder.path,
      secrets,
      brokers: stores.kafka.brokers,
      redisUrl: stores.redis.url,
      databaseUrls,
      environment: options.environment ?? {},
    });
    for (const [title, services] of this.#startOrder()) {
      await step(title, async () => {
        await Promise.all(services.map(async (service) => service.start()));
      });
    }
    if (folder.readFirstKey() !== null) await step('Waiting until the gate admits again', () => this.admitting());
    await step('Making sure of the first key', () => this.#greet(secrets.operatorToken));
  }

  async #startStores(): Promise<ClusterStores> {
    this.#stores = await startStores({
      folder: this.folder.path,
      onProgress: (note) => this.options.onNote?.(note),
      onStarted: (stop) => this.#storeStops.push(stop),
      onUnexpectedExit: (name, logFile, lastLines) => {
        if (!this.#isStopping) this.options.onLost?.({ name, logFile, lastLines, isNeeded: true });
      },
    });
    return this.#stores;
  }

  #createServices(facts: ClusterFacts): readonly ClusterService[] {
    return this.plan.map(
      (planned) =>
        new ClusterService({
          planned,
          environment: { ...environmentOf(planned, facts), ...this.options.environmentOf?.[planned.service] },
          folder: this.folder.path,
          logs: this.folder.logs,
          workingFolder: this.options.workingFolder ?? process.cwd(),
          onUnexpectedExit: (service, lastLines) => this.#lose(service, lastLines),
        }),
    );
  }

  /** The edges last: they are ready only with a routing table, and there is one when the router is ready. */
  #startOrder(): readonly (readonly [title: string, services: readonly ClusterService[]])[] {
    const edges = this.edges;
    const others = this.#services.filter((service) => !edges.includes(service));
    return [
      [`Starting ${namesOf(others)}`, others],
      [`Starting ${namesOf(edges)}`, edges],
    ];
  }

  #lose(service: ClusterService, lastLines: string): void {
    if (this.#isStopping) return;
    const { name, logFile } = service;
    const left = this.#services.filter((other) => other.service === service.service && other.isRunning);
    const isNeeded = ['edge-proxy', 'billing'].includes(service.service) && left.length === 0;
    this.options.onLost?.({ name, logFile, lastLines, isNeeded });
  }

  async #greet(operatorToken: string): Promise<void> {
    const [edge, billing, status] = [this.#one('edge-proxy'), this.#one('billing'), this.#one('status')];
    const baseUrl = `${edge.url}/v1`;
    const asked = { APILINK_URL: billing.url, APILINK_OPERATOR_TOKEN: operatorToken };
    const key = await ensureFirstKey(this.folder.readFirstKey(), {
      baseUrl,
      apilink: async (...words) => runApilink(words, asked),
    });
    this.folder.writeFirstKey(key);
    this.#quickstart = {
      baseUrl,
      apiKey: key.apiKey,
      accountId: key.accountId,
      consoleUrl: null,
      statusUrl: `${status.url}/status`,
      operatorToken,
      services: Object.fromEntries(
        this.plan.flatMap(({ name, port, adminPort }) => [
          [name, urlOf({ port })],
          [`${name}-admin`, urlOf({ port: adminPort })],
        ]),
      ),
    };
    this.folder.writeQuickstart(this.#quickstart);
  }

  #proceed(): void {
    if (this.#isStopping) throw new Error('it was stopped while it started');
  }

  get #started(): ClusterStores {
    if (this.#stores === null) throw new Error('the stores do not run');
    return this.#stores;
  }

  #named(service: ClusterServiceName): readonly ClusterService[] {
    return this.#services.filter((candidate) => candidate.service === service);
  }

  #one(service: ClusterServiceName): ClusterService {
    const [found] = this.#named(service);
    if (found === undefined) throw new Error(`${service} is not part of the cluster yet`);
    return found;
  }
}

const silently: Step = async (_name, work) => work();

function namesOf(services: readonly ClusterService[]): string {
  return services.map(({ name }) => name).join(', ');
}

async function stopAll(services: readonly ClusterService[]): Promise<string[]> {
  const ends = await Promise.all(
    services
      .filter(({ isRunning }) => isRunning)
      .map(async (service) => ({ name: service.name, code: await service.stop() })),
  );
  return ends.filter(({ code }) => code !== 0).map(({ name }) => name);
}
