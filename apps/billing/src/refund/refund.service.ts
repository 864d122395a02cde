import { accountIdSchema, type AccountId, type LotId, type RefundId } from '@apilink/contracts';
import type { GateAdministration, GateWriter } from '@apilink/holds';
import { formatUsd } from '@apilink/money';
import type { Database, Sql } from '@apilink/postgres';
import { ApiError } from '@apilink/service';
import { z } from 'zod';

import type { GateLoadService } from '../gate/gate-load.service.js';
import type { LedgerRepository } from '../ledger/ledger.repository.js';
import { unusedOf, type Lot } from '../lot/lot.domain.js';
import type { LotRepository } from '../lot/lot.repository.js';
import type { StaffActionRepository } from '../staff-action/staff-action.repository.js';
import type { RefundProgressService } from './refund-progress.service.js';
import { refundKeyOf, refundWorkspaceOf } from './refund-hold.factory.js';
import { partsOf, refundHoldIdOf, refundIdOf, type Refund } from './refund.domain.js';
import type { RefundRepository } from './refund.repository.js';

const LIST_MAX = 500;
/** A request gives back at most so many payments: each is a call to its channel. */
const PARTS_MAX = 20;

export interface RefundOrder {
  readonly accountId: AccountId;
  readonly amountNanoUsd: bigint;
  /** Null: the oldest unused payments first. */
  readonly lotId: LotId | null;
  readonly reason: string;
  /** The same key for the same account refunds once. */
  readonly requestKey: string;
  readonly actor: string;
}

export interface RefundParts {
  readonly database: Database;
  readonly ledger: LedgerRepository;
  readonly lots: LotRepository;
  readonly refunds: RefundRepository;
  readonly progress: RefundProgressService;
  readonly gate: Pick<GateAdministration, 'inspect'>;
  readonly gateTeller: GateWriter;
  readonly loads: GateLoadService;
  readonly staffActions: StaffActionRepository;
}

/** Gives paid credit back. */
export class RefundService {
  constructor(private readonly parts: RefundParts) {}

  /**
   * Resolves with the refunds, each as far as it came; one that waits for its channel goes on by itself. Rejects with
   * ApiError `invalid_parameter` for more than unused payments less open holds, `not_found` for an unknown account.
   */
  async create(order: RefundOrder): Promise<readonly Refund[]> {
    // What the gate holds is asked first: the customer's row is locked for no longer than Postgres takes.
    const heldNanoUsd = await this.#held(order.accountId);
    const created = await this.parts.database.transaction((sql) => this.#insert(sql, order, heldNanoUsd));
    // A gate that is apart has to know whose the hold is before it can take it.
    await this.parts.loads.follow(order.accountId);
    const refunds: Refund[] = [];
    for (const { refundId } of created) refunds.push(await this.parts.progress.advance(refundId));
    await this.parts.loads.follow(order.accountId);
    return refunds;
  }

  async show(refundId: RefundId): Promise<Refund> {
    const refund = await this.parts.refunds.find(this.parts.database, refundId);
    if (refund === null) throw new ApiError('not_found', { detail: 'this refund' });
    return refund;
  }

  /** Newest first. */
  list(accountId: AccountId): Promise<readonly Refund[]> {
    return this.parts.refunds.list(this.parts.database, accountId, LIST_MAX);
  }

  async #held(accountId: AccountId): Promise<bigint> {
    const { gate, loads } = this.parts;
    const view = await gate.inspect(accountId);
    if (view !== null) return view.heldNanoUsd;
    await loads.load(accountId);
    return (await gate.inspect(accountId))?.heldNanoUsd ?? 0n;
  }

  async #insert(sql: Sql, order: RefundOrder, heldNanoUsd: bigint): Promise<readonly Pick<Refund, 'refundId'>[]> {
    const { ledger, lots, refunds, gateTeller, staffActions } = this.parts;
    const { accountId, requestKey, reason, actor } = order;
    const balance = (await ledger.lockBalances(sql, [accountId])).get(accountId);
    if (balance === undefined) throw new ApiError('not_found', { detail: 'this account' });
    const before = await refunds.findOfRequest(sql, accountId, requestKey);
    if (before.length > 0) return repeated(before, order);
    const busy = await refunds.lotsOnTheirWay(sql, accountId);
    const unspent = (await lots.findUnspent(sql, [accountId])).get(accountId) ?? [];
    const eligible = unspent.filter((lot) => lot.kind === 'paid' && !busy.has(lot.lotId));
    const planned = partsOf(chosen(eligible, order, heldNanoUsd - balance.refundingNanoUsd), order.amountNanoUsd);
    if (planned.length === 0) throw invalid('amountNanoUsd', 'it is worth less than a cent (分)');
    if (planned.length > PARTS_MAX)
      throw invalid('amountNanoUsd', `it would give back more than ${PARTS_MAX} payments`);
    const created = planned.map((part, index) => {
      const refundId = refundIdOf(accountId, requestKey, index);
      const hold = { gateHoldId: refundHoldIdOf(refundId), requestHash: hashOf(order) };
      return { refundId, accountId, requestKey, part: index, reason, actor, ...hold, ...part };
    });
    for (const refund of created) await refunds.insert(sql, refund);
    await staffActions.record(sql, {
      actor,
      action: 'refund.create',
      subject: z.encode(accountIdSchema, accountId),
      detail: { amountNanoUsd: order.amountNanoUsd, reason, refunds: created.map(({ refundId }) => refundId) },
    });
    const limits = { workspaces: [refundWorkspaceOf(accountId)], keys: [refundKeyOf(accountId)] };
    await gateTeller.write(sql, [{ accountId, ...limits }]);
    return created;
  }
}

/** The lots that a refund may take from, when they have enough: unused payments, less what open holds may yet use. */
function chosen(lots: readonly Lot[], order: RefundOrder, heldNanoUsd: bigint): readonly Lot[] {
  const named = order.lotId === null ? lots : lots.filter(({ lotId }) => lotId === order.lotId);
  if (order.lotId !== null && named.length === 0) {
    throw invalid('lotId', 'it is no payment of this account with anything unused, or a refund of it is on its way');
  }
  const unused = named.reduce((sum, lot) => sum + unusedOf(lot), 0n);
  const inAll = lots.reduce((sum, lot) => sum + unusedOf(lot), 0n) - heldNanoUsd;
  const most = atLeastZero(unused < inAll ? unused : inAll);
  if (order.amountNanoUsd <= most) return named;
  throw invalid(
    'amountNanoUsd',
    `${formatUsd(order.amountNanoUsd)} USD is more than can be given back: ${formatUsd(most)} USD (unused payments less ` +
      `what open requests and refunds hold; gifts are never given back)`,
  );
}

function hashOf({ amountNanoUsd, lotId }: RefundOrder): string {
  return `${amountNanoUsd}/${lotId ?? '-'}`;
}

/** A used request key with another amount or lot is another refund under the same name: refused. */
function repeated(before: readonly Refund[], order: RefundOrder): readonly Refund[] {
  if (before.every(({ requestHash }) => requestHash === hashOf(order))) return before;
  throw invalid('requestKey', 'it was used before for another refund');
}

function atLeastZero(amount: bigint): bigint {
  return amount > 0n ? amount : 0n;
}

function invalid(param: string, detail: string): ApiError {
  return new ApiError('invalid_parameter', { param, detail });
}
