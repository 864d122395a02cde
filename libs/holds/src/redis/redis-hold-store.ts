import type { AccountId, GenerationId, KeyId } from '@apilink/contracts';
import type { RedisOptions } from 'ioredis';

import { CallQueue } from '../call-queue.js';
import { checkAdmit, checkRenew, checkResize } from '../gate-requests.js';
import { HoldStoreUnavailable } from '../hold-store-unavailable.js';
import type {
  AccountSnapshot,
  AdmitReply,
  AdmitRequest,
  EpochBegin,
  GateAccountView,
  GateChange,
  GateEpochs,
  GateKeyIdentity,
  GateStanding,
  KeyLimits,
  ListedHold,
  LoadReply,
  OpenedHoldStore,
  PeriodCandidates,
  ReadReply,
  RenewReply,
  RenewRequest,
  ReserveReply,
  ReserveRequest,
  ResizeReply,
  ResizeRequest,
} from '../hold-store.js';
import type { HoldStoreLogger } from '../hold-store-logger.js';
import { GateAdministrator } from './gate-administrator.js';
import { decodeAdmission, decodeIdentity, decodeReading, decodeRenewal, decodeResizing } from './gate-reply.js';
import { gateScripts, type GateScript } from './gate-script.js';
import { performTurn, type TurnOperation, type TurnPlace, type TurnReply } from './gate-turn.js';
import { admitText, findKeyText, isOpenText, readText, renewText, resizeText } from './operation-text.js';
import { RedisConnection } from './redis-connection.js';
import { broken, listOf, numberAt, numberOrNullAt, textAt, textOrNullAt } from './reply-text.js';

const CALL_TIMEOUT_MS = 2_000;
const OPERATIONS_MAX = 32;
const CALLS_MAX = 4;

export interface RedisHoldStoreOptions {
  /** Where Redis is, and as whom; a plain primary or Sentinels. What concerns retries and queues is the adapter's own. */
  readonly connection: RedisOptions;
  /** The variable that refusals name (REDIS_URL). */
  readonly variable?: string;
  /** `allow` = also a Redis that evicts or keeps nothing over a restart; default `refuse`. */
  readonly unsafe?: 'refuse' | 'allow';
  /** Before every key (`gate:`), so that several gates share a server. */
  readonly keyPrefix?: string;
  /** From the question to `HoldStoreUnavailable`, in ms (2,000). */
  readonly callTimeoutMs?: number;
  /** Operations of one call at most (32): Redis serves nobody else while it runs. */
  readonly operationsMax?: number;
  /** Calls on their way at most (4). */
  readonly callsMax?: number;
  readonly logger?: HoldStoreLogger;
  /** Tests only: the store's clock, ms since the epoch, in place of that of Redis. */
  readonly testClock?: () => number;
}

/**
 * The gate of the distributed setup: scripts on one primary of Redis, each one step in which nothing else happens. What
 * is asked in one turn of the event loop goes in one call. Redis can lose its memory: see GateEpochs.
 */
export class RedisHoldStore implements OpenedHoldStore, GateEpochs {
  readonly epochs: GateEpochs = this;
  private readonly timeoutMs: number;
  private readonly connection: RedisConnection;
  private readonly administrator: GateAdministrator;
  private readonly queue: CallQueue<TurnOperation>;
  private readonly listeners: ((epoch: number) => void)[] = [];
  private seenEpoch = 0;
  private closed = false;

  constructor(private readonly options: RedisHoldStoreOptions) {
    this.timeoutMs = options.callTimeoutMs ?? CALL_TIMEOUT_MS;
    this.connection = new RedisConnection({
      connection: options.connection,
      variable: options.variable ?? 'REDIS_URL',
      unsafe: options.unsafe ?? 'refuse',
      callTimeoutMs: this.timeoutMs,
      logger: options.logger ?? null,
    });
    this.administrator = new GateAdministrator((script, args) => this.ask(script, args));
    this.queue = new CallQueue({
      send: (operations) => performTurn((texts) => this.run(gateScripts.perform, texts), operations),
      operationsMax: options.operationsMax ?? OPERATIONS_MAX,
      callsMax: options.callsMax ?? CALLS_MAX,
    });
  }

  /**
   * Resolves when Redis answers and is fit for a gate; rejects with ConfigurationError, one sentence for the person who
   * starts the service, when it is not, or when nobody answers for 5 s.
   */
  connected(): Promise<void> {
    return this.connection.connected();
  }

  async admit(request: AdmitRequest): Promise<AdmitReply> {
    checkAdmit(request);
    const { reply, epoch } = await this.operate('admit', admitText(request));
    return decodeAdmission(listOf(reply), epoch);
  }

  async resize(request: ResizeRequest): Promise<ResizeReply> {
    checkResize(request);
    const { reply, epoch } = await this.operate('resize', resizeText(request));
    return decodeResizing(listOf(reply), epoch);
  }

  async renew(request: RenewRequest): Promise<RenewReply> {
    checkRenew(request);
    // Also a renewal of nothing tells the epoch.
    let epoch = request.holds.length > 0 ? 0 : numberAt(await this.ask(gateScripts.perform, []), 0);
    const verdicts = await Promise.all(
      request.holds.map(async (hold) => {
        const answer = await this.operate('renew', renewText(hold, request.expiryMs));
        epoch = Math.max(epoch, answer.epoch);
        return { holdId: hold.holdId, epoch: answer.epoch, verdict: decodeRenewal(answer.reply) };
      }),
    );
    const withVerdict = (wanted: string) => verdicts.filter(({ verdict }) => verdict === wanted);
    // What an epoch before confirmed, while the renewal was on its way, is not known to this one.
    const confirmed = withVerdict('confirmed').filter((answer) => answer.epoch === epoch);
    return { epoch, confirmed: idsOf(confirmed), gone: idsOf(withVerdict('gone')) };
  }

  async read(accountId: AccountId, keyId: KeyId, periods: PeriodCandidates, defaults: KeyLimits): Promise<ReadReply> {
    const { reply } = await this.operate('read', readText(accountId, keyId, { periods, defaults }));
    return decodeReading(listOf(reply), keyId);
  }

  async findKey(keyHash: string): Promise<GateKeyIdentity | null> {
    return decodeIdentity(listOf((await this.operate('read', findKeyText(keyHash))).reply));
  }

  async isHoldOpen(accountId: AccountId, holdId: GenerationId): Promise<boolean> {
    const reply = listOf((await this.operate('read', isOpenText(accountId, holdId))).reply);
    // Without an epoch nothing is known of the hold: it may run.
    if (reply[0] === 'n') throw new HoldStoreUnavailable('it has no epoch of its present run');
    return numberAt(reply, 1) === 1;
  }

  apply(changes: readonly GateChange[]): Promise<void> {
    return this.administrator.apply(changes);
  }

  load(snapshot: AccountSnapshot): Promise<LoadReply> {
    return this.administrator.load(snapshot);
  }

  markExpired(limit: number): Promise<readonly ListedHold[]> {
    return this.administrator.markExpired(limit);
  }

  reserve(request: ReserveRequest): Promise<ReserveReply> {
    return this.administrator.reserve(request);
  }

  restore(hold: ListedHold): Promise<'restored' | 'gone' | 'not_loaded'> {
    return this.administrator.restore(hold);
  }

  inspect(accountId: AccountId): Promise<GateAccountView | null> {
    return this.administrator.inspect(accountId);
  }

  listAccounts(after: AccountId | null, limit: number): Promise<readonly AccountId[]> {
    return this.administrator.listAccounts(after, limit);
  }

  async standing(): Promise<GateStanding> {
    const { runId } = await this.connection.lookAgain();
    const reply = await this.ask(gateScripts.ask, ['standing']);
    const epoch = textOrNullAt(reply, 1);
    return {
      runId,
      epoch: epoch === null ? null : Number(epoch),
      epochRunId: textOrNullAt(reply, 2),
      now: numberAt(reply, 4),
      quietUntil: numberOrNullAt(reply, 3),
    };
  }

  async beginEpoch({ epoch, runId, quietMs, awaitsComparison }: EpochBegin): Promise<'begun' | 'other_run' | 'older'> {
    const reply = await this.ask(gateScripts.ask, ['begin', epoch, runId, quietMs, awaitsComparison ? 1 : 0]);
    const outcome = textAt(reply, 1);
    if (outcome === 'begun' || outcome === 'other_run' || outcome === 'older') return outcome;
    throw broken();
  }

  async endComparison(accountId: AccountId, epoch: number): Promise<void> {
    await this.ask(gateScripts.ask, ['compared', accountId, epoch]);
  }

  onEpoch(listener: (epoch: number) => void): void {
    this.listeners.push(listener);
  }

  /** Waits for what is on its way. */
  async close(): Promise<void> {
    this.closed = true;
    await this.queue.drained();
    this.connection.close();
  }

  /** Puts an operation into the next call and waits for its reply, for as long as the deadline lets it. */
  private operate(place: TurnPlace, text: string): Promise<TurnReply> {
    return new Promise((resolve, reject) => {
      if (this.closed) {
        reject(new HoldStoreUnavailable('it is closed'));
        return;
      }
      let abandoned = false;
      const timer = setTimeout(() => {
        abandoned = true;
        reject(new HoldStoreUnavailable(`no answer within ${this.timeoutMs} ms`));
      }, this.timeoutMs);
      this.queue.push({
        place,
        text,
        settle: (reply) => {
          clearTimeout(timer);
          resolve(reply);
        },
        fail: (error) => {
          clearTimeout(timer);
          reject(error);
        },
        isAbandoned: () => abandoned,
      });
    });
  }

  private ask(script: GateScript, args: readonly (string | number)[]): Promise<readonly unknown[]> {
    if (this.closed) return Promise.reject(new HoldStoreUnavailable('it is closed'));
    return this.run(script, args.map(String));
  }

  private async run(script: GateScript, texts: readonly string[]): Promise<readonly unknown[]> {
    const { testClock, keyPrefix = 'gate:' } = this.options;
    const clock = testClock === undefined ? '' : String(testClock());
    const reply = listOf(await this.connection.call(script, keyPrefix, [clock, ...texts]));
    this.see(numberAt(reply, 0));
    return reply;
  }

  private see(epoch: number): void {
    if (epoch === 0 || epoch === this.seenEpoch) return;
    this.seenEpoch = epoch;
    for (const listener of this.listeners) listener(epoch);
  }
}

function idsOf(answers: readonly { readonly holdId: GenerationId }[]): ReadonlySet<GenerationId> {
  return new Set(answers.map(({ holdId }) => holdId));
}
