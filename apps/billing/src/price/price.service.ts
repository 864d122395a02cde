import type { PricePublished } from '@apilink/contracts';
import type { Database } from '@apilink/postgres';
import { priceVersionOf, rateCardProblem, type RateCard } from '@apilink/pricing';

import type { PriceRepository } from './price.repository.js';

/** Cards kept in memory; a catalog of 200 models with a family of five endpoints has 1,000. */
const CARDS_MAX = 20_000;
/** How long an event waits for its price version, which may still be on its way, before it is a dead letter. */
const UNKNOWN_VERSION_WAIT_MS = 60_000;

/** A price version has not arrived yet: the batch comes again. */
export class PriceNotArrivedError extends Error {
  override readonly name = 'PriceNotArrivedError';

  constructor(readonly priceVersions: readonly string[]) {
    super(`price versions not arrived yet: ${priceVersions.join(', ')}`);
  }
}

/** Rate cards by their version. They are immutable, so what is in memory is never stale. */
export class PriceService {
  readonly #cards = new Map<string, RateCard>();
  readonly #missingSince = new Map<string, number>();

  constructor(
    private readonly database: Database,
    private readonly prices: PriceRepository,
    private readonly now: () => number,
  ) {}

  /** A card that was read by `require` or `record` before. */
  readonly cardOf = (priceVersion: string): RateCard | undefined => this.#cards.get(priceVersion);

  /** Null when a published card may be kept: it is what its version says, and one of its rows always applies. */
  problemOf({ rateCard }: PricePublished): string | null {
    const version = priceVersionOf(rateCard);
    if (version !== rateCard.priceVersion) return `the card hashes to ${version}, not to ${rateCard.priceVersion}`;
    return rateCardProblem(rateCard, []);
  }

  async record(published: readonly PricePublished[]): Promise<void> {
    await this.prices.insert(this.database, published);
    for (const { rateCard } of published) this.#keep(rateCard);
  }

  /**
   * Reads what is not in memory. A version that stands nowhere pauses its partition: throws PriceNotArrivedError for up
   * to 60 s after it was first asked for, then lets the batch go on without it.
   */
  async require(priceVersions: ReadonlySet<string>): Promise<void> {
    const wanted = [...priceVersions].filter((version) => !this.#cards.has(version));
    if (wanted.length === 0) return;
    for (const card of await this.prices.find(this.database, wanted)) this.#keep(card);
    const waiting = wanted.filter((version) => !this.#cards.has(version) && this.#mayStillArrive(version));
    if (waiting.length > 0) throw new PriceNotArrivedError(waiting);
  }

  #mayStillArrive(version: string): boolean {
    const since = this.#missingSince.get(version) ?? this.now();
    if (this.#missingSince.size >= CARDS_MAX) this.#missingSince.clear();
    this.#missingSince.set(version, since);
    return this.now() - since < UNKNOWN_VERSION_WAIT_MS;
  }

  #keep(card: RateCard): void {
    if (this.#cards.size >= CARDS_MAX) this.#cards.clear();
    this.#cards.set(card.priceVersion, card);
    this.#missingSince.delete(card.priceVersion);
  }
}
