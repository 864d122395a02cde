export type { GateWriter } from './gate-writer.js';
export {
  holdStoreKind,
  holdStoreVariables,
  type HoldStoreEnvironment,
  type SentinelAddress,
} from './hold-store-variables.js';
export { HoldStoreUnavailable } from './hold-store-unavailable.js';
export type {
  AccountSnapshot,
  AdmitReply,
  AdmitRequest,
  BucketFigures,
  CapFigures,
  CapsFigures,
  ConfirmedHold,
  EpochBegin,
  GateAccount,
  GateAccountView,
  GateAdministration,
  GateBalance,
  GateChange,
  GateEpochs,
  GateFigures,
  GateKey,
  GateKeyIdentity,
  GateStanding,
  GateWorkspace,
  HoldStore,
  KeyLimits,
  ListedHold,
  LoadReply,
  OpenedHoldStore,
  PeriodCandidate,
  PeriodCandidates,
  PeriodSpend,
  ReadReply,
  Refusal,
  RenewedHold,
  RenewReply,
  RenewRequest,
  ReserveReply,
  ReserveRequest,
  ResizeReply,
  ResizeRequest,
} from './hold-store.js';
export { MemoryHoldStore, type MemoryHoldStoreOptions } from './memory-hold-store.js';
export { noCaps } from './no-caps.js';
export type { HoldStoreLogger } from './hold-store-logger.js';
export { openHoldStore, type OpenHoldStoreOptions } from './open-hold-store.js';
export { isTimeZone, periodCandidates } from './period-candidates.js';
export { PostgresGateWriter } from './postgres-gate-writer.js';
export { PostgresHoldStore, type PostgresHoldStoreOptions } from './postgres-hold-store.js';
export { RedisHoldStore, type RedisHoldStoreOptions } from './redis/redis-hold-store.js';
export { gateMigrations } from './schema/gate-migrations.js';
