import { ConfigurationError } from '@apilink/service';
import { Redis, type RedisOptions } from 'ioredis';

import { withDeadline } from '../deadline.js';
import { HoldStoreUnavailable } from '../hold-store-unavailable.js';
import type { HoldStoreLogger } from '../hold-store-logger.js';
import type { GateScript } from './gate-script.js';
import { describeFailure, isRefusal, isStale } from './redis-failure.js';
import { readRedisInfo, refusalOf, type RedisServer } from './redis-server.js';

const CONNECT_TIMEOUT_MS = 2_000;
/** A server that hangs does not close its side: the connection is dropped, and another one made, after so long. */
const DISCONNECT_TIMEOUT_MS = 250;
/** Until a first connection is given up, when somebody waits for it. */
const FIRST_CONNECTION_MS = 5_000;
const RETRY_MS_MAX = 500;

export interface RedisConnectionOptions {
  readonly connection: RedisOptions;
  readonly variable: string;
  readonly unsafe: 'refuse' | 'allow';
  readonly callTimeoutMs: number;
  readonly logger: HoldStoreLogger | null;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * One connection to the primary, made again by itself. Nothing is queued while it is away, and nothing is sent before
 * Redis has said who it is: its run id goes with every call, so that a restart or a change of role is never overlooked.
 */
export class RedisConnection {
  private readonly client: Redis;
  private server: RedisServer | null = null;
  /** Counts connections: what belongs to an earlier one changes nothing any more. */
  private generation = 0;
  /** Why no call can be made now. */
  private reason = 'it is not connected yet';
  private told = '';
  private readonly waiting = new Set<Waiting>();

  constructor(private readonly options: RedisConnectionOptions) {
    this.client = new Redis({
      ...options.connection,
      role: 'master',
      connectTimeout: CONNECT_TIMEOUT_MS,
      disconnectTimeout: DISCONNECT_TIMEOUT_MS,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      keepAlive: 10_000,
      retryStrategy: (attempt) => Math.min(attempt * 25, RETRY_MS_MAX),
      sentinelRetryStrategy: (attempt) => Math.min(attempt * 50, RETRY_MS_MAX),
    });
    this.client.on('ready', () => void this.look(++this.generation));
    this.client.on('close', () => this.lost());
    this.client.on('error', (error: Error) => this.failed(error));
  }

  /**
   * Resolves when Redis is there and fit for a gate; rejects with ConfigurationError when it is not fit, when it refuses
   * the password, or when nobody answers for 5 s.
   */
  async connected(): Promise<void> {
    if (this.server !== null) return;
    let waiting: Waiting | null = null;
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        waiting = { resolve, reject };
        this.waiting.add(waiting);
        timer = setTimeout(() => reject(new ConfigurationError(this.absence())), FIRST_CONNECTION_MS);
      });
    } finally {
      clearTimeout(timer);
      if (waiting !== null) this.waiting.delete(waiting);
    }
  }

  /** Runs a script; `args` come after the run id. Rejects with HoldStoreUnavailable for whatever goes wrong. */
  async call(script: GateScript, prefix: string, args: readonly string[]): Promise<unknown> {
    const server = this.server;
    if (server === null) throw new HoldStoreUnavailable(this.reason);
    const generation = this.generation;
    const sent = [0, prefix, server.runId, ...args];
    try {
      return await withDeadline(this.send(script, sent), this.options.callTimeoutMs);
    } catch (error) {
      // A connection that does not answer, or a primary that has become a replica: another one is made.
      if (generation === this.generation && this.server !== null && isStale(error)) {
        this.lost();
        this.client.disconnect(true);
      }
      throw error;
    }
  }

  /** Asks Redis afresh who it is. Rejects with HoldStoreUnavailable when it does not answer or is not fit any more. */
  async lookAgain(): Promise<RedisServer> {
    if (this.server === null) throw new HoldStoreUnavailable(this.reason);
    const generation = this.generation;
    const server = readRedisInfo(await withDeadline(this.client.info(), this.options.callTimeoutMs));
    const refusal = server.role === 'master' ? null : refusalOf(server, this.options.variable, this.options.unsafe);
    if (refusal === null) return server;
    if (generation === this.generation) {
      this.lost();
      this.client.disconnect(true);
    }
    throw new HoldStoreUnavailable(refusal);
  }

  close(): void {
    this.lost();
    this.reason = 'it is closed';
    this.client.disconnect();
  }

  private async send(script: GateScript, args: readonly (string | number)[]): Promise<unknown> {
    try {
      return await this.client.call('EVALSHA', script.sha1, ...args);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (error.message.startsWith('NOSCRIPT')) return this.client.call('EVAL', script.source, ...args);
      // The error of the client carries the whole command, which is of no use in a log.
      throw new HoldStoreUnavailable(error.message);
    }
  }

  private async look(generation: number): Promise<void> {
    try {
      const server = readRedisInfo(await withDeadline(this.client.info(), this.options.callTimeoutMs));
      if (generation !== this.generation) return;
      const refusal = refusalOf(server, this.options.variable, this.options.unsafe);
      if (refusal === null) {
        this.begin(server);
        return;
      }
      this.reason = refusal;
      this.tell('error', refusal);
      for (const { reject } of this.waiting) reject(new ConfigurationError(refusal));
    } catch (error) {
      if (generation !== this.generation) return;
      this.failed(error instanceof Error ? error : new Error('an unknown error'));
    }
    // Sentinel may name another primary, and a wrong setting may be mended: looked at again with the next connection.
    if (generation === this.generation) this.client.disconnect(true);
  }

  private begin(server: RedisServer): void {
    if (server.goodReplicas !== null)
      this.tell(
        'warn',
        `Redis asks for replicas before it takes a write (min-replicas-to-write): without them every call fails.`,
      );
    this.server = server;
    this.told = '';
    this.options.logger?.info({ runId: server.runId, version: server.version }, 'connected to the gate');
    for (const { resolve } of this.waiting) resolve();
  }

  private lost(): void {
    this.server = null;
    this.generation++;
    this.reason = 'it is not connected';
  }

  private failed(error: Error): void {
    const sentence = describeFailure(error, this.options.variable, this.options.connection);
    if (this.server === null) this.reason = sentence;
    this.tell('warn', sentence);
    if (isRefusal(error)) for (const { reject } of this.waiting) reject(new ConfigurationError(sentence));
  }

  /** Once for as long as it stays the same. */
  private tell(level: 'warn' | 'error', sentence: string): void {
    if (this.told === sentence) return;
    this.told = sentence;
    this.options.logger?.[level](sentence);
  }

  private absence(): string {
    return this.told === '' ? `${this.options.variable} names a Redis that does not answer.` : this.told;
  }
}
