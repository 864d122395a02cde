import type { AccountId } from '@apilink/contracts';
import type { RedisOptions } from 'ioredis';

import { HoldStoreUnavailable } from '../hold-store-unavailable.js';
import type {
  AdmitReply,
  AdmitRequest,
  AccountSnapshot,
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
import type { HoldStoreLogger } from '../open-hold-store.js';

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
  /** Operations of one call at most (64): Redis serves nobody else while it runs. */
  readonly operationsMax?: number;
  /** Calls on their way at most (4). */
  readonly callsMax?: number;
  readonly logger?: HoldStoreLogger;
  /** Tests only: the store's clock, ms since the epoch, in place of that of Redis. */
  readonly testClock?: () => number;
}

const missing = (): Promise<never> => Promise.reject(new HoldStoreUnavailable('it is not there yet'));

/** The gate of the distributed setup. */
export class RedisHoldStore implements OpenedHoldStore, GateEpochs {
  readonly epochs: GateEpochs = this;

  constructor(readonly options: RedisHoldStoreOptions) {}

  /** Resolves when Redis answers and is fit for a gate; rejects with ConfigurationError when it is not. */
  connected(): Promise<void> {
    return missing();
  }
  admit(_request: AdmitRequest): Promise<AdmitReply> {
    return missing();
  }
  resize(_request: ResizeRequest): Promise<ResizeReply> {
    return missing();
  }
  renew(_request: RenewRequest): Promise<RenewReply> {
    return missing();
  }
  read(_account: AccountId, _key: string, _periods: PeriodCandidates, _defaults: KeyLimits): Promise<ReadReply> {
    return missing();
  }
  findKey(_keyHash: string): Promise<GateKeyIdentity | null> {
    return missing();
  }
  isHoldOpen(_accountId: AccountId, _holdId: string): Promise<boolean> {
    return missing();
  }
  apply(_changes: readonly GateChange[]): Promise<void> {
    return missing();
  }
  load(_snapshot: AccountSnapshot): Promise<LoadReply> {
    return missing();
  }
  markExpired(_limit: number): Promise<readonly ListedHold[]> {
    return missing();
  }
  reserve(_request: ReserveRequest): Promise<ReserveReply> {
    return missing();
  }
  restore(_hold: ListedHold): Promise<'restored' | 'gone' | 'not_loaded'> {
    return missing();
  }
  inspect(_accountId: AccountId): Promise<GateAccountView | null> {
    return missing();
  }
  listAccounts(_after: AccountId | null, _limit: number): Promise<readonly AccountId[]> {
    return missing();
  }
  standing(): Promise<GateStanding> {
    return missing();
  }
  beginEpoch(_begin: EpochBegin): Promise<'begun' | 'other_run' | 'older'> {
    return missing();
  }
  endComparison(_accountId: AccountId, _epoch: number): Promise<void> {
    return missing();
  }
  onEpoch(_listener: (epoch: number) => void): void {}
  close(): Promise<void> {
    return Promise.resolve();
  }
}
