import { topics, type AccountId, type LotId } from '@apilink/contracts';
import { decodeEvent, type DecodedEvent, type EventBatch, type LoggedEvent, type PoisonEvent } from '@apilink/events';
import type { Database, Sql } from '@apilink/postgres';

import { addLots, findLots, lotsOfAccount, type LotWithProgress } from '../lot/lot.repository.js';
import { InvoiceableBook, type Contradiction } from './invoiceable-book.domain.js';
import type { EntryKind, InvoiceableEntry } from './invoiceable-entry.domain.js';
import { addEntries, findSources, lockPartition, sumByKind, type KindSum } from './invoiceable-entry.repository.js';

type LedgerEvent = Extract<DecodedEvent<typeof topics.ledger>, { readonly outcome: 'event' }>;
interface ReadEvent {
  readonly event: LoggedEvent;
  readonly ledger: LedgerEvent;
}

/** All that is known of an account's money, read at one instant. */
export interface AccountBook {
  readonly sums: readonly KindSum[];
  /** Newest first. */
  readonly lots: readonly LotWithProgress[];
  readonly hasMoreLots: boolean;
}

export interface InvoiceableServiceOptions {
  readonly database: Database;
  /** The receiving entity whose RMB is invoiceable; null = none. */
  readonly issuer: string | null;
  /** Told of every entry that was committed. */
  readonly onEntry: (kind: EntryKind) => void;
}

/** Keeps the invoiceable ledger: what billing's ledger tells, in RMB that may be invoiced. */
export class InvoiceableService {
  constructor(private readonly options: InvoiceableServiceOptions) {}

  get issuer(): string | null {
    return this.options.issuer;
  }

  /** Takes a batch of one partition in one transaction; answers the events that contradict what is known. */
  async take({ partition, events }: EventBatch): Promise<readonly PoisonEvent[]> {
    const poison: PoisonEvent[] = [];
    const read: ReadEvent[] = [];
    for (const event of events) {
      const decoded = decodeEvent(topics.ledger, event);
      if (decoded.outcome === 'event') read.push({ event, ledger: decoded });
      else if (decoded.outcome === 'unreadable') poison.push(decoded.poison);
      else poison.push({ event, reason: 'invalid_body: a ledger event without a body' });
    }
    const lotIds = lotsNamedIn(read);
    if (lotIds.length === 0) return poison;
    const { refused, entries } = await this.options.database.transaction((sql) =>
      this.#post(sql, { partition, read, lotIds }),
    );
    for (const { kind } of entries) this.options.onEntry(kind);
    return [...poison, ...refused];
  }

  /** Figures and lots are of the same instant: their sums agree. */
  accountBook(accountId: AccountId, lotsMax: number): Promise<AccountBook> {
    return this.options.database.transaction(async (sql) => {
      await sql.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
      const sums = await sumByKind(sql, accountId);
      const lots = await lotsOfAccount(sql, accountId, lotsMax + 1);
      return { sums, lots: lots.slice(0, lotsMax), hasMoreLots: lots.length > lotsMax };
    });
  }

  async #post(
    sql: Sql,
    batch: { readonly partition: number; readonly read: readonly ReadEvent[]; readonly lotIds: readonly LotId[] },
  ): Promise<{ refused: readonly PoisonEvent[]; entries: readonly InvoiceableEntry[] }> {
    await lockPartition(sql, batch.partition);
    const known = await findSources(
      sql,
      batch.read.map(({ event }) => event.id),
    );
    const book = new InvoiceableBook(this.options.issuer, await findLots(sql, batch.lotIds), known);
    const refused: PoisonEvent[] = [];
    for (const { event, ledger } of batch.read) {
      const contradiction = postTo(book, event.id, ledger);
      if (contradiction !== null) refused.push({ event, reason: `${contradiction}: ${explanations[contradiction]}` });
    }
    await addLots(sql, book.newLots);
    await addEntries(sql, book.newEntries);
    return { refused, entries: book.newEntries };
  }
}

const explanations: Readonly<Record<Contradiction, string>> = {
  unknown_lot: 'the lot was never paid',
  foreign_lot: 'the lot belongs to another account or has another currency',
  known_lot: 'the lot was paid by another event',
  repeated_lot: 'one event draws twice from a lot',
  overdrawn: 'more is drawn from the lot than it was credited',
  overrefunded: 'more is given back of the lot than was paid',
};

/** Gifts and names have nothing to invoice. */
function postTo(book: InvoiceableBook, sourceId: string, ledger: LedgerEvent): Contradiction | null {
  if (ledger.type === 'topup.paid') return book.pay(sourceId, ledger.body);
  if (ledger.type === 'usage.settled') return book.draw(sourceId, ledger.body);
  if (ledger.type === 'topup.refunded') return book.refund(sourceId, ledger.body);
  if (ledger.type === 'chargeback.opened') return book.takeBack(sourceId, ledger.body);
  return null;
}

function lotsNamedIn(read: readonly ReadEvent[]): readonly LotId[] {
  const named = new Set<LotId>();
  for (const { ledger } of read) {
    if (ledger.type === 'topup.paid' || ledger.type === 'topup.refunded' || ledger.type === 'chargeback.opened') {
      named.add(ledger.body.lotId);
    }
    if (ledger.type === 'usage.settled') for (const { lotId } of ledger.body.draws ?? []) named.add(lotId);
  }
  return [...named];
}
