import { suspenseIdSchema, type AccountId, type SuspenseId } from '@apilink/contracts';
import type { Database, Sql } from '@apilink/postgres';
import { ApiError } from '@apilink/service';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';

import type { AccountRepository } from '../account/account.repository.js';
import type { FxQuoteService } from '../fx/fx-quote.service.js';
import type { GateLoadService } from '../gate/gate-load.service.js';
import { clearingAccount, suspenseAccounts } from '../ledger/ledger-account.domain.js';
import { transferIdOf } from '../ledger/ledger.domain.js';
import type { SystemTransferRepository } from '../ledger/system-transfer.repository.js';
import type { LotService, OpenedLot } from '../lot/lot.service.js';
import type { PaymentChannels } from '../payment/payment-channel-registry.service.js';
import { ledgerAmountOf, promisedCredit } from '../payment/topup-amount.domain.js';
import { checkTopupAmount } from '../payment/topup-amount.errors.js';
import type { StaffActionRepository } from '../staff-action/staff-action.repository.js';
import { refusalOf, type NewSuspense, type SuspenseEntry, type SuspenseStep } from './suspense.domain.js';
import type { SuspenseFilter, SuspenseRepository } from './suspense.repository.js';

export interface SuspenseParts {
  readonly database: Database;
  readonly suspense: SuspenseRepository;
  readonly accounts: AccountRepository;
  readonly systemTransfers: SystemTransferRepository;
  readonly lotOpener: Pick<LotService, 'openPaidLot'>;
  readonly fx: Pick<FxQuoteService, 'quote'>;
  readonly channels: PaymentChannels;
  readonly loads: Pick<GateLoadService, 'follow'>;
  readonly staffActions: StaffActionRepository;
}

/** An entry that has left, and the balance of the account that was credited; null where it was sent back. */
export interface ApprovedSuspense {
  readonly entry: SuspenseEntry;
  readonly postedNanoUsd: bigint | null;
}

/**
 * Money that arrived for nobody: in the ledger's suspense from the moment it is known, until one person says where it
 * belongs and another one approves.
 */
export class SuspenseService {
  constructor(private readonly parts: SuspenseParts) {}

  /** Books money that has arrived, in the caller's transaction: the channel's clearing → suspense. */
  async receiveWithin(sql: Sql, entry: NewSuspense): Promise<SuspenseId> {
    const suspenseId = suspenseIdSchema.out.parse(uuidv7());
    const businessKey = `${entry.channel}:${entry.reference}`;
    const transferId = transferIdOf('suspense_received', businessKey);
    await this.parts.systemTransfers.insert(sql, {
      transferId,
      kind: 'suspense_received',
      ref: businessKey,
      requestHash: `${entry.currency}/${entry.minorUnits}`,
      actor: entry.recordedBy,
      currency: entry.currency,
      from: clearingAccount(entry.channel, entry.currency),
      to: suspenseAccounts[entry.currency],
      amount: ledgerAmountOf(entry),
    });
    await this.parts.suspense.insert(sql, suspenseId, entry, transferId);
    return suspenseId;
  }

  async show(suspenseId: SuspenseId): Promise<SuspenseEntry> {
    const entry = await this.parts.suspense.find(this.parts.database, suspenseId);
    if (entry === null) throw notFound();
    return entry;
  }

  /** Newest first; `more` tells whether another page follows. */
  async list(filter: SuspenseFilter): Promise<{ entries: readonly SuspenseEntry[]; more: boolean }> {
    const rows = await this.parts.suspense.list(this.parts.database, { ...filter, limit: filter.limit + 1 });
    return { entries: rows.slice(0, filter.limit), more: rows.length > filter.limit };
  }

  /** One person says whose it is. Refused at once where it could not be credited: too little, or to an unknown account. */
  async match(suspenseId: SuspenseId, accountId: AccountId, actor: string): Promise<SuspenseEntry> {
    return this.#step(suspenseId, 'match', actor, async (sql, entry) => {
      if ((await this.parts.accounts.find(sql, accountId)) === null) {
        throw new ApiError('not_found', { detail: 'this account' });
      }
      await this.#creditOf(entry);
      await this.parts.suspense.match(sql, suspenseId, accountId, actor);
      await this.#note(sql, entry, { actor, action: 'suspense.match', detail: { accountId } });
    });
  }

  /** One person says that it went back, or goes back, under this number. */
  async askReturn(
    suspenseId: SuspenseId,
    asked: { readonly reference: string; readonly reason: string; readonly actor: string },
  ): Promise<SuspenseEntry> {
    return this.#step(suspenseId, 'ask_return', asked.actor, async (sql, entry) => {
      await this.parts.suspense.askReturn(sql, suspenseId, asked);
      const { actor, ...detail } = asked;
      await this.#note(sql, entry, { actor, action: 'suspense.ask_return', detail });
    });
  }

  /** Takes back what was asked; whoever asked may do that too. */
  async reject(suspenseId: SuspenseId, reason: string, actor: string): Promise<SuspenseEntry> {
    return this.#step(suspenseId, 'reject', actor, async (sql, entry) => {
      await this.parts.suspense.reject(sql, suspenseId);
      await this.#note(sql, entry, { actor, action: 'suspense.reject', detail: { reason, askedBy: entry.askedBy } });
    });
  }

  /** Another person approves: the customer is credited at today's rate, or the money leaves our books. */
  async approve(suspenseId: SuspenseId, actor: string): Promise<ApprovedSuspense> {
    const { opened, accountId } = await this.parts.database.transaction(async (sql) => {
      const entry = await this.#lock(sql, suspenseId, 'approve', actor);
      const done =
        entry.accountId === null
          ? await this.#sendBack(sql, entry, actor)
          : await this.#credit(sql, entry, entry.accountId, actor);
      await this.#note(sql, entry, { actor, action: 'suspense.approve', detail: { askedBy: entry.askedBy } });
      return { opened: done, accountId: entry.accountId };
    });
    if (accountId !== null) await this.parts.loads.follow(accountId);
    return { entry: await this.show(suspenseId), postedNanoUsd: opened?.postedNanoUsd ?? null };
  }

  async #credit(sql: Sql, entry: SuspenseEntry, accountId: AccountId, actor: string): Promise<OpenedLot> {
    const { creditNanoUsd, fxQuote } = await this.#creditOf(entry);
    const opened = await this.parts.lotOpener.openPaidLot(sql, {
      accountId,
      channel: entry.channel,
      reference: entry.reference,
      currency: entry.currency,
      paidMinorUnits: entry.minorUnits,
      creditNanoUsd,
      fxQuote,
      receivingEntity: this.parts.channels.named(entry.channel).receivingEntity,
      payer: entry.payer,
      actor,
      businessKey: `topup:${entry.channel}:${entry.reference}`,
      fundedFrom: 'suspense',
    });
    await this.parts.suspense.leave(sql, entry.suspenseId, {
      transferId: opened.transferId,
      lotId: opened.lotId,
      actor,
    });
    return opened;
  }

  async #sendBack(sql: Sql, entry: SuspenseEntry, actor: string): Promise<null> {
    const businessKey = `${entry.channel}:${entry.reference}`;
    const transferId = transferIdOf('suspense_returned', businessKey);
    await this.parts.systemTransfers.insert(sql, {
      transferId,
      kind: 'suspense_returned',
      ref: businessKey,
      requestHash: `${entry.currency}/${entry.minorUnits}/${entry.returnReference ?? ''}`,
      actor,
      currency: entry.currency,
      from: suspenseAccounts[entry.currency],
      to: clearingAccount(entry.channel, entry.currency),
      amount: ledgerAmountOf(entry),
    });
    await this.parts.suspense.leave(sql, entry.suspenseId, { transferId, lotId: null, actor });
    return null;
  }

  /** What it would be credited with now. @throws ApiError `topup_below_minimum`, or why there is no rate */
  async #creditOf(entry: SuspenseEntry) {
    const quote = entry.currency === 'CNY' ? await this.parts.fx.quote('CNY') : null;
    const promised = promisedCredit(entry, quote);
    checkTopupAmount(entry, promised);
    return promised;
  }

  async #step(
    suspenseId: SuspenseId,
    step: SuspenseStep,
    actor: string,
    take: (sql: Sql, entry: SuspenseEntry) => Promise<void>,
  ): Promise<SuspenseEntry> {
    await this.parts.database.transaction(async (sql) => take(sql, await this.#lock(sql, suspenseId, step, actor)));
    return this.show(suspenseId);
  }

  async #lock(sql: Sql, suspenseId: SuspenseId, step: SuspenseStep, actor: string): Promise<SuspenseEntry> {
    const entry = await this.parts.suspense.lock(sql, suspenseId);
    if (entry === null) throw notFound();
    const refusal = refusalOf(step, entry, actor);
    if (refusal !== null) throw new ApiError(refusal.code, { detail: refusal.detail });
    return entry;
  }

  async #note(
    sql: Sql,
    { suspenseId, channel, reference }: SuspenseEntry,
    write: { readonly actor: string; readonly action: string; readonly detail: Readonly<Record<string, unknown>> },
  ): Promise<void> {
    const subject = z.encode(suspenseIdSchema, suspenseId);
    await this.parts.staffActions.record(sql, { ...write, subject, detail: { ...write.detail, channel, reference } });
  }
}

function notFound(): ApiError {
  return new ApiError('not_found', { detail: 'this entry in suspense' });
}
