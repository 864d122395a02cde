import { accountIdSchema, encodeWireId, type RefundId } from '@apilink/contracts';
import { HoldStoreUnavailable, type GateAdministration, type GateWriter } from '@apilink/holds';
import { isTransientDatabaseError, type Database, type Sql } from '@apilink/postgres';
import { ApiError, type Failpoints, type Logger } from '@apilink/service';
import { z } from 'zod';

import type { GateEpochRepository } from '../gate/gate-epoch.repository.js';
import type { GateLoadService } from '../gate/gate-load.service.js';
import type { LedgerRepository } from '../ledger/ledger.repository.js';
import { unusedOf } from '../lot/lot.domain.js';
import type { LotRepository } from '../lot/lot.repository.js';
import type { PaidBalanceRepository } from '../ledger/paid-balance.repository.js';
import type { ChannelRefund, PaymentChannel } from '../payment/payment-channel.domain.js';
import { gateBalanceOf } from '../settlement/gate-change.factory.js';
import type { StaffActionRepository } from '../staff-action/staff-action.repository.js';
import type { RefundPostingService } from './refund-posting.service.js';
import { refundReservationOf } from './refund-hold.factory.js';
import type { Refund } from './refund.domain.js';
import type { RefundRepository } from './refund.repository.js';

/** Refunds looked at in one call. */
const OPEN_MAX = 500;
/** States that one call may pass: more than there are, so that it always ends. */
const STEPS_MAX = 6;

/** Channels by id; one that is not there any more leaves its refunds to people. */
export interface RefundChannels {
  find(id: string): Pick<PaymentChannel, 'refund'> | null;
}

export interface RefundProgressParts {
  readonly database: Database;
  readonly ledger: LedgerRepository;
  readonly paidBalances: PaidBalanceRepository;
  readonly lots: LotRepository;
  readonly refunds: RefundRepository;
  readonly posting: RefundPostingService;
  readonly epochs: GateEpochRepository;
  readonly gate: Pick<GateAdministration, 'reserve'>;
  readonly gateTeller: GateWriter;
  readonly loads: GateLoadService;
  readonly channels: RefundChannels;
  readonly staffActions: StaffActionRepository;
  readonly failpoints: Failpoints;
  readonly logger: Pick<Logger, 'warn'>;
}

/**
 * Takes refunds from state to state. Each step is one transaction, or one call that answers the same when it is asked
 * again (the gate by the hold's id, the channel by the refund's): a crash anywhere is taken up where it was.
 */
export class RefundProgressService {
  constructor(private readonly parts: RefundProgressParts) {}

  /** As far as it goes now; what cannot go on waits for the next call. Rejects when database or gate are away. */
  async advance(refundId: RefundId): Promise<Refund> {
    let refund = await this.#read(refundId);
    for (let step = 0; step < STEPS_MAX; step += 1) {
      await this.#step(refund);
      const next = await this.#read(refundId);
      if (next.state === refund.state) return next;
      refund = next;
    }
    return refund;
  }

  /** All that wait, oldest first; returns how many ended. One that fails holds up nothing behind it. */
  async advancePending(): Promise<number> {
    let ended = 0;
    for (const { refundId } of await this.parts.refunds.listOpen(this.parts.database, null, OPEN_MAX)) {
      try {
        const { state } = await this.advance(refundId);
        if (state === 'posted' || state === 'voided') ended += 1;
      } catch (error) {
        if (isTransientDatabaseError(error) || error instanceof HoldStoreUnavailable) throw error;
        this.parts.logger.warn({ err: error, refundId }, 'A refund waits: its next step failed.');
      }
    }
    return ended;
  }

  /** What people say of a refund that they carry out. Rejects with ApiError `wrong_state` unless it waits for them. */
  async settle(
    refundId: RefundId,
    outcome: { outcome: 'paid'; reference: string } | { outcome: 'failed'; reason: string },
    actor: string,
  ): Promise<Refund> {
    const refund = await this.#read(refundId);
    if (refund.state !== 'submitted' || !refund.isManual) {
      throw new ApiError('wrong_state', {
        detail: `the refund is ${refund.state}${refund.isManual ? '' : ', and its channel is asked by this service'}`,
      });
    }
    await this.parts.database.transaction(async (sql) => {
      await this.parts.staffActions.record(sql, {
        actor,
        action: 'refund.settle',
        subject: encodeWireId('rfd', refundId),
        detail: { ...outcome, account: z.encode(accountIdSchema, refund.accountId) },
      });
      if (outcome.outcome === 'paid') await this.parts.posting.post(sql, refund, outcome.reference);
      else await this.parts.posting.void(sql, refund, outcome.reason);
    });
    await this.parts.loads.follow(refund.accountId);
    return this.#read(refundId);
  }

  async #read(refundId: RefundId): Promise<Refund> {
    const refund = await this.parts.refunds.find(this.parts.database, refundId);
    if (refund === null) throw new ApiError('not_found', { detail: 'this refund' });
    return refund;
  }

  async #step(refund: Refund): Promise<void> {
    if (refund.state === 'requested') await this.#hold(refund);
    if (refund.state === 'held') await this.#submit(refund);
    if (refund.state === 'submitted' && !refund.isManual) await this.#submit(refund);
  }

  async #hold(refund: Refund): Promise<void> {
    const reserved = await this.#reserve(refund);
    if (reserved === null) return;
    this.parts.failpoints.reach('refund.reserved');
    await this.parts.database.transaction(async (sql) => {
      if (reserved.grantedNanoUsd < refund.debitNanoUsd) {
        const left = 'open requests hold what it would give back';
        return this.parts.posting.void(sql, refund, left);
      }
      await this.#keep(sql, refund, reserved.epoch);
    });
    this.parts.failpoints.reach('refund.held');
  }

  /** The gate's hold; taken again where a new epoch has lost it. Null while the gate answers nothing. */
  async #reserve(refund: Refund): Promise<{ grantedNanoUsd: bigint; epoch: number | null } | null> {
    const request = refundReservationOf(refund);
    const first = await this.parts.gate.reserve(request);
    if (first.outcome === 'not_loaded') await this.parts.loads.load(refund.accountId);
    const reply = first.outcome === 'not_loaded' ? await this.parts.gate.reserve(request) : first;
    if (reply.outcome === 'reserved') return reply;
    return reply.outcome === 'gone' ? { grantedNanoUsd: 0n, epoch: null } : null;
  }

  /** The lot keeps the amount from here on: no usage draws it, whatever the gate may lose. */
  async #keep(sql: Sql, { refundId, accountId }: Refund, heldIn: number | null): Promise<void> {
    const { ledger, paidBalances, lots, refunds, epochs, posting, gateTeller } = this.parts;
    const balance = (await ledger.lockBalances(sql, [accountId])).get(accountId);
    const refund = await refunds.lockIn(sql, refundId, 'requested');
    if (balance === undefined || refund === null) return;
    const epoch = await epochs.guard(sql);
    // The hold was lost with its epoch: the next round asks the gate of the present.
    if (epoch !== null && heldIn !== epoch) return;
    const lot = await lots.find(sql, refund.lotId);
    const unkept = balance.paidNanoUsd - balance.refundingNanoUsd;
    if (lot === null || unusedOf(lot) < refund.debitNanoUsd || unkept < refund.debitNanoUsd) {
      return posting.void(sql, refund, 'the payment was used up before it could be kept');
    }
    await lots.update(sql, [{ ...lot, refundingNanoUsd: lot.refundingNanoUsd + refund.debitNanoUsd }]);
    const refundingNanoUsd = balance.refundingNanoUsd + refund.debitNanoUsd;
    const told = await paidBalances.update(sql, { ...balance, refundingNanoUsd });
    await refunds.markHeld(sql, refundId);
    await gateTeller.write(sql, [{ accountId, balance: gateBalanceOf(told) }]);
  }

  /** Asks the channel, and takes down its answer; asked again it answers the same. */
  async #submit(refund: Refund): Promise<void> {
    const { database, posting, refunds, failpoints, loads } = this.parts;
    // A gate that has lost its memory gets the hold back before more is admitted than is left.
    await this.#reserve(refund);
    const answer = await this.#ask(refund);
    failpoints.reach('refund.asked');
    if (answer.state === 'refused' && refund.state === 'held') {
      await database.transaction((sql) => posting.void(sql, refund, `the channel refused it: ${answer.reason}`));
      return;
    }
    if (refund.state === 'held' || (answer.state === 'manual' && !refund.isManual)) {
      await database.transaction(async (sql) => {
        if ((await refunds.lockIn(sql, refund.refundId, refund.state)) === null) return;
        const reference = 'reference' in answer ? answer.reference : null;
        await refunds.markSubmitted(sql, refund.refundId, { reference, isManual: answer.state === 'manual' });
      });
      failpoints.reach('refund.submitted');
    }
    if (answer.state === 'pending' || answer.state === 'manual') return;
    await database.transaction((sql) =>
      answer.state === 'done'
        ? posting.post(sql, refund, answer.reference)
        : posting.void(sql, refund, `the channel refused it: ${answer.reason}`),
    );
    failpoints.reach('refund.posted');
    await loads.follow(refund.accountId);
  }

  async #ask({ refundId, channel, currency, minorUnits, paymentReference, reason }: Refund): Promise<ChannelRefund> {
    const found = this.parts.channels.find(channel);
    if (found === null) return { state: 'manual' };
    return found.refund({ refundId: encodeWireId('rfd', refundId), currency, minorUnits, paymentReference, reason });
  }
}
