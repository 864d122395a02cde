import { sqlState, type Sql } from '@apilink/postgres';

import { withDeadline } from './deadline.js';
import { encode, type Wire } from './gate-wire.js';
import { HoldStoreUnavailable } from './hold-store-unavailable.js';
import type {
  AdmitReply,
  AdmitRequest,
  KeyLimits,
  PeriodCandidates,
  ReadReply,
  RenewedHold,
  ResizeReply,
  ResizeRequest,
} from './hold-store.js';

export interface OperationReply<Reply> {
  readonly reply: Reply;
  readonly epoch: number;
}

export interface Renewal extends RenewedHold {
  readonly expiryMs: number;
}

export interface Reading {
  readonly accountId: string;
  readonly keyId: string;
  readonly periods: PeriodCandidates;
  readonly defaults: KeyLimits;
}

interface Asked<Kind extends string, Request, Reply> {
  readonly kind: Kind;
  readonly request: Request;
  readonly settle: (reply: OperationReply<Reply>) => void;
  readonly fail: (error: HoldStoreUnavailable) => void;
  /** Nobody waits any more: it is not sent, because an admission without a request would only hold money. */
  readonly isAbandoned: () => boolean;
}

type Resizing = Asked<'resize', ResizeRequest, Wire<ResizeReply>>;
type Renewing = Asked<'renew', Renewal, 'confirmed' | 'gone' | 'kept'>;
type Admitting = Asked<'admit', AdmitRequest, Wire<AdmitReply>>;
type ReadingOfKey = Asked<'read', Reading, Wire<ReadReply>>;
export type GateOperation = Resizing | Renewing | Admitting | ReadingOfKey;

interface CallRow {
  readonly resized: readonly Wire<ResizeReply>[];
  readonly renewed: readonly ('confirmed' | 'gone' | 'kept')[];
  readonly admitted: readonly Wire<AdmitReply>[];
  readonly figures: readonly Wire<ReadReply>[];
  readonly epoch: number;
}

/** SQLSTATE classes of what Postgres refuses about one operation: data exception, integrity violation, our own check. */
const DATA_ERRORS: ReadonlySet<string> = new Set(['22', '23', 'P0']);

/**
 * Performs all operations in one round trip and one transaction, and settles or fails each; never rejects. When Postgres
 * refuses the data of one of them, the call is split until the refused one stands alone: a damaged account must not
 * refuse its neighbours of the same turn. Each operation is idempotent, and a refused call has left nothing behind.
 */
export async function performOperations(
  sql: Sql,
  operations: readonly GateOperation[],
  timeoutMs: number,
): Promise<void> {
  const wanted = operations.filter((operation) => !operation.isAbandoned());
  if (wanted.length === 0) return;
  try {
    await performOnce(sql, wanted, timeoutMs);
  } catch (error) {
    const unavailable =
      error instanceof HoldStoreUnavailable ? error : new HoldStoreUnavailable('a broken answer', error);
    const state = sqlState(unavailable.cause);
    if (wanted.length > 1 && state !== null && DATA_ERRORS.has(state.slice(0, 2))) {
      const half = Math.ceil(wanted.length / 2);
      await performOperations(sql, wanted.slice(0, half), timeoutMs);
      await performOperations(sql, wanted.slice(half), timeoutMs);
      return;
    }
    for (const operation of wanted) operation.fail(unavailable);
  }
}

async function performOnce(sql: Sql, operations: readonly GateOperation[], timeoutMs: number): Promise<void> {
  const resizes: Resizing[] = [];
  const renewals: Renewing[] = [];
  const admissions: Admitting[] = [];
  const readings: ReadingOfKey[] = [];
  for (const operation of operations) {
    switch (operation.kind) {
      case 'resize':
        resizes.push(operation);
        break;
      case 'renew':
        renewals.push(operation);
        break;
      case 'admit':
        admissions.push(operation);
        break;
      case 'read':
        readings.push(operation);
        break;
    }
  }
  const statement = sql.query<CallRow>(
    'SELECT * FROM gate.perform($1::jsonb, $2::jsonb, $3::jsonb, $4::jsonb)',
    [resizes, renewals, admissions, readings].map((group) => encode(group.map(({ request }) => request))),
  );
  const [row] = await withDeadline(statement, timeoutMs);
  if (row === undefined) throw new HoldStoreUnavailable('an empty answer');
  settleGroup(resizes, row.resized, row.epoch);
  settleGroup(renewals, row.renewed, row.epoch);
  settleGroup(admissions, row.admitted, row.epoch);
  settleGroup(readings, row.figures, row.epoch);
}

function settleGroup<Reply>(
  group: readonly { settle: (reply: OperationReply<Reply>) => void; fail: (error: HoldStoreUnavailable) => void }[],
  replies: readonly Reply[],
  epoch: number,
): void {
  for (const [index, operation] of group.entries()) {
    const reply = replies[index];
    if (reply === undefined) operation.fail(new HoldStoreUnavailable('an answer with a gap'));
    else operation.settle({ reply, epoch });
  }
}
