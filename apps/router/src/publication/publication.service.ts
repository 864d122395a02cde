import { rateCardSchema, topics, type RateCardWire } from '@apilink/contracts';
import { encodeEvent, encodeTombstone, type OutgoingEvent } from '@apilink/events';
import type { Database } from '@apilink/postgres';
import { uuidV7 } from '@apilink/service';
import { z } from 'zod';

import type { CatalogModel } from '../catalog/catalog.domain.js';
import type { Clock } from '../router.config.js';
import { differenceOf, type ChangedModel } from './publication.domain.js';
import {
  enqueue,
  lockPublication,
  notePublication,
  readModels,
  saveModels,
  saveRateCards,
} from './publication.repository.js';

const SOURCE = 'router';

export interface Published {
  readonly changed: number;
  readonly removed: number;
  readonly prices: number;
}

/**
 * Brings the topics to the catalog: in one transaction the new prices, then the changed models, then tombstones, into
 * the outbox. Prices come first so that nobody meets a model whose price is not under way.
 */
export class PublicationService {
  constructor(
    private readonly database: Database,
    private readonly now: Clock,
  ) {}

  publish(catalog: readonly CatalogModel[]): Promise<Published> {
    return this.database.transaction(async (sql) => {
      await lockPublication(sql);
      const { changed, removed } = differenceOf(await readModels(sql), catalog, this.now());
      const cards = cardsOf(changed);
      const added = await saveRateCards(sql, cards);
      if (changed.length + removed.length + added.size === 0) return { changed: 0, removed: 0, prices: 0 };
      await saveModels(sql, changed, removed);
      const prices = cards.filter(({ card }) => added.has(card.priceVersion)).map(({ card }) => this.#price(card));
      await enqueue(sql, [
        ...prices,
        ...changed.map(({ model }) =>
          encodeEvent(topics.routing, { ...this.#envelope(model.modelId), type: 'model.published', body: model }),
        ),
        ...removed.map((modelId) =>
          encodeTombstone(topics.routing, { ...this.#envelope(modelId), type: 'model.published' }),
        ),
      ]);
      const published = { changed: changed.length, removed: removed.length, prices: prices.length };
      await notePublication(sql, published);
      return published;
    });
  }

  #price(rateCard: RateCardWire): OutgoingEvent {
    return encodeEvent(topics.prices, {
      ...this.#envelope(rateCard.priceVersion),
      type: 'price.published',
      body: { rateCard, publishedAt: this.now() },
    });
  }

  #envelope(key: string): { key: string; id: string; source: string; time: number } {
    const time = this.now();
    return { key, id: uuidV7(time), source: SOURCE, time };
  }
}

/** Each version once: two models may not share one, but a model may be read twice. */
function cardsOf(changed: readonly ChangedModel[]): readonly { card: RateCardWire; body: string }[] {
  const cards = new Map<string, RateCardWire>();
  for (const { model } of changed)
    for (const { rateCard } of model.endpoints) cards.set(rateCard.priceVersion, rateCard);
  return [...cards.values()].map((card) => ({ card, body: JSON.stringify(z.encode(rateCardSchema, card)) }));
}
