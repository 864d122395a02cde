import type { AccountId, GenerationId, KeyId } from '@apilink/contracts';
import type { Database } from '@apilink/postgres';

import { CallQueue } from './call-queue.js';
import { checkAdmit, checkRenew, checkReserve, checkResize } from './gate-requests.js';
import {
  decodeAdmitReply,
  decodeHold,
  decodeReadReply,
  decodeReserveReply,
  decodeResizeReply,
  decodeView,
  encode,
  type Wire,
} from './gate-wire.js';
import { HoldStoreUnavailable } from './hold-store-unavailable.js';
import type {
  AccountSnapshot,
  AdmitReply,
  AdmitRequest,
  GateAccountView,
  GateChange,
  GateKeyIdentity,
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
} from './hold-store.js';
import { performOperations, type GateOperation, type OperationReply } from './gate-call.js';
import { withDeadline } from './deadline.js';

const CALL_TIMEOUT_MS = 2_000;
const OPERATIONS_MAX = 128;
const CALLS_MAX = 4;

export interface PostgresHoldStoreOptions {
  /** From the question to `HoldStoreUnavailable`, in ms (2,000); Postgres gives up waiting for a lock before. */
  readonly callTimeoutMs?: number;
  /** Operations of one call at most (128): a call holds the rows of its accounts until it ends. */
  readonly operationsMax?: number;
  /** Calls on their way at most (4), each on a connection of the pool. */
  readonly callsMax?: number;
}

/**
 * The gate of the embedded setup: functions of the schema `gate` in the ledger's own database, each of which locks the
 * account's row first. It borrows the database; `close` waits for what is on its way and leaves the database open.
 */
export class PostgresHoldStore implements OpenedHoldStore {
  readonly epochs = null;
  private readonly timeoutMs: number;
  private readonly queue: CallQueue<GateOperation>;
  private closed = false;

  constructor(
    private readonly database: Database,
    options: PostgresHoldStoreOptions = {},
  ) {
    this.timeoutMs = options.callTimeoutMs ?? CALL_TIMEOUT_MS;
    this.queue = new CallQueue({
      send: (operations) => performOperations(this.database, operations, this.timeoutMs),
      operationsMax: options.operationsMax ?? OPERATIONS_MAX,
      callsMax: options.callsMax ?? CALLS_MAX,
    });
  }

  async admit(request: AdmitRequest): Promise<AdmitReply> {
    checkAdmit(request);
    const { reply } = await this.ask<Wire<AdmitReply>>((hooks) => ({ kind: 'admit', request, ...hooks }));
    return decodeAdmitReply(reply);
  }

  async resize(request: ResizeRequest): Promise<ResizeReply> {
    checkResize(request);
    const { reply } = await this.ask<Wire<ResizeReply>>((hooks) => ({ kind: 'resize', request, ...hooks }));
    return decodeResizeReply(reply);
  }

  async renew(request: RenewRequest): Promise<RenewReply> {
    checkRenew(request);
    const confirmed = new Set<GenerationId>();
    const gone = new Set<GenerationId>();
    // Also a renewal of nothing tells the epoch.
    let epoch = request.holds.length > 0 ? 0 : await this.call<number>('(gate.perform($1, $1, $1, $1)).epoch', ['[]']);
    await Promise.all(
      request.holds.map(async (hold) => {
        const renewal = { ...hold, expiryMs: request.expiryMs };
        const answer = await this.ask<'confirmed' | 'gone' | 'kept'>((hooks) => ({
          kind: 'renew',
          request: renewal,
          ...hooks,
        }));
        epoch = Math.max(epoch, answer.epoch);
        if (answer.reply === 'confirmed') confirmed.add(hold.holdId);
        else if (answer.reply === 'gone') gone.add(hold.holdId);
      }),
    );
    return { epoch, confirmed, gone };
  }

  async read(accountId: AccountId, keyId: KeyId, periods: PeriodCandidates, defaults: KeyLimits): Promise<ReadReply> {
    const request = { accountId, keyId, periods, defaults };
    const { reply } = await this.ask<Wire<ReadReply>>((hooks) => ({ kind: 'read', request, ...hooks }));
    return decodeReadReply(reply);
  }

  findKey(keyHash: string): Promise<GateKeyIdentity | null> {
    return this.call<GateKeyIdentity | null>('gate.find_key($1)', [keyHash]);
  }

  isHoldOpen(accountId: AccountId, holdId: GenerationId): Promise<boolean> {
    return this.call<boolean>('gate.is_hold_open($1, $2)', [accountId, holdId]);
  }

  async apply(changes: readonly GateChange[]): Promise<void> {
    if (changes.length > 0) await this.call<string>('gate.apply($1::jsonb)', [encode(changes)]);
  }

  load(snapshot: AccountSnapshot): Promise<LoadReply> {
    return this.call<LoadReply>('gate.load($1::jsonb)', [encode(snapshot)]);
  }

  async markExpired(limit: number): Promise<readonly ListedHold[]> {
    const holds = await this.call<readonly Wire<ListedHold>[]>('gate.mark_expired($1)', [limit]);
    return holds.map(decodeHold);
  }

  async reserve(request: ReserveRequest): Promise<ReserveReply> {
    checkReserve(request);
    return decodeReserveReply(await this.call<Wire<ReserveReply>>('gate.reserve($1::jsonb)', [encode(request)]));
  }

  restore(hold: ListedHold): Promise<'restored' | 'gone' | 'not_loaded'> {
    return this.call<'restored' | 'gone' | 'not_loaded'>('gate.restore($1::jsonb)', [encode(hold)]);
  }

  async inspect(accountId: AccountId): Promise<GateAccountView | null> {
    const view = await this.call<Wire<GateAccountView> | null>('gate.inspect($1)', [accountId]);
    return view === null ? null : decodeView(view);
  }

  listAccounts(after: AccountId | null, limit: number): Promise<readonly AccountId[]> {
    return this.call<readonly AccountId[]>('gate.list_accounts($1, $2)', [after, limit]);
  }

  /** It is in the ledger's own database and keeps its first epoch. */
  onEpoch(): void {}

  async close(): Promise<void> {
    this.closed = true;
    await this.queue.drained();
  }

  /** Puts an operation into the next call and waits for its reply, for as long as the deadline lets it. */
  private ask<Reply>(
    operation: (hooks: {
      settle: (reply: OperationReply<Reply>) => void;
      fail: (error: HoldStoreUnavailable) => void;
      isAbandoned: () => boolean;
    }) => GateOperation,
  ): Promise<OperationReply<Reply>> {
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
      const hooks = {
        settle: (reply: OperationReply<Reply>) => {
          clearTimeout(timer);
          resolve(reply);
        },
        fail: (error: HoldStoreUnavailable) => {
          clearTimeout(timer);
          reject(error);
        },
        isAbandoned: () => abandoned,
      };
      this.queue.push(operation(hooks));
    });
  }

  /** One function of the gate for itself. */
  private async call<Result>(expression: string, values: readonly unknown[]): Promise<Result> {
    if (this.closed) throw new HoldStoreUnavailable('it is closed');
    const statement = this.database.query<{ result: Result }>(`SELECT ${expression} AS result`, values);
    const [row] = await withDeadline(statement, this.timeoutMs);
    if (row === undefined) throw new HoldStoreUnavailable('an empty answer');
    return row.result;
  }
}
