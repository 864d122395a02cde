import { accountIdSchema, type AccountId, type billingApi } from '@apilink/contracts';
import { countOutbox, type OutgoingEvent } from '@apilink/events';
import type { Database } from '@apilink/postgres';
import { ApiError } from '@apilink/service';
import { z } from 'zod';

import type { AccountRepository } from '../account/account.repository.js';
import type { OutboxWriter } from '../settlement/settlement-writer.service.js';
import type { StaffActionRepository } from '../staff-action/staff-action.repository.js';
import type { HistoryCursor, LedgerHistoryRepository } from './ledger-history.repository.js';
import type { LedgerRepository } from './ledger.repository.js';

export type RepublishLine = z.output<typeof billingApi.republishLineSchema>;

/** Events written by one transaction. */
const PAGE = 500;
/** Above so many waiting events the next page waits: the relay publishes them beside those of the present. */
const OUTBOX_MAX = 10_000;
const OUTBOX_WAIT_MS = 200;

export interface LedgerRepublishParts {
  readonly database: Database;
  readonly accounts: AccountRepository;
  readonly ledger: LedgerRepository;
  readonly history: LedgerHistoryRepository;
  readonly staffActions: StaffActionRepository;
  readonly writeOutbox: OutboxWriter;
  readonly wait: (ms: number) => Promise<void>;
}

export interface RepublishRequest {
  readonly accountId: AccountId;
  /** Ms since the epoch: what was posted or changed from then on. */
  readonly from: number;
  readonly actor: string;
}

/**
 * Tells the events of an account's ledger again, with the same ids and contents: first the changes of the account, then
 * its postings by version. Who follows the ledger takes none of them twice.
 */
export class LedgerRepublishService {
  constructor(private readonly parts: LedgerRepublishParts) {}

  /** Rejects with ApiError `not_found` before it tells anything; every line tells how far it is, the last one the end. */
  async republish(request: RepublishRequest, emit: (line: RepublishLine) => void): Promise<void> {
    const { database, history } = this.parts;
    const { accountId, from } = request;
    const changes = await history.accountChanges(database, accountId, from);
    const total = changes.length + (await history.countPostings(database, accountId, from));
    let published = await this.#write(accountId, changes);
    let cursor: HistoryCursor | null = null;
    do {
      emit({ type: 'progress', published, total });
      await this.#roomInOutbox();
      const page = await history.postings(database, { accountId, from, limit: PAGE }, cursor);
      published += await this.#write(accountId, page.events);
      cursor = page.next;
    } while (cursor !== null);
    emit({ type: 'report', published });
  }

  /** Checks and notes what an operator asks for. Rejects with ApiError `not_found` for an unknown account. */
  async begin({ accountId, from, actor }: RepublishRequest): Promise<void> {
    const { database, accounts, staffActions } = this.parts;
    if ((await accounts.find(database, accountId)) === null)
      throw new ApiError('not_found', { detail: 'this account' });
    await database.transaction((sql) =>
      staffActions.record(sql, {
        actor,
        action: 'ledger.republish',
        subject: z.encode(accountIdSchema, accountId),
        detail: { from: new Date(from).toISOString() },
      }),
    );
  }

  /** Under the customer's lock, as all that writes its events: the order of the outbox is that of the commits. */
  async #write(accountId: AccountId, events: readonly OutgoingEvent[]): Promise<number> {
    const { database, ledger, writeOutbox } = this.parts;
    for (let from = 0; from < events.length; from += PAGE) {
      await database.transaction(async (sql) => {
        await ledger.lockBalances(sql, [accountId]);
        await writeOutbox(sql, events.slice(from, from + PAGE));
      });
    }
    return events.length;
  }

  async #roomInOutbox(): Promise<void> {
    while ((await countOutbox(this.parts.database, 'billing')) > OUTBOX_MAX) await this.parts.wait(OUTBOX_WAIT_MS);
  }
}
