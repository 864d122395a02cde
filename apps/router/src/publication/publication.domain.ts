import { modelPublishedSchema, type ModelPublished } from '@apilink/contracts';
import { z } from 'zod';

import type { CatalogModel } from '../catalog/catalog.domain.js';

/** What was published of a model last; a null body is a tombstone. */
export interface StoredModel {
  readonly modelId: string;
  /** First publication, ms since the epoch: it stays when a model comes back. */
  readonly createdAt: number;
  readonly body: string | null;
}

export interface ChangedModel {
  readonly model: ModelPublished;
  readonly body: string;
}

export interface PublicationDifference {
  readonly changed: readonly ChangedModel[];
  readonly removed: readonly string[];
}

/** What has to be said so that the topic equals the catalog. Nothing is said twice. */
export function differenceOf(
  stored: readonly StoredModel[],
  catalog: readonly CatalogModel[],
  nowMs: number,
): PublicationDifference {
  const known = new Map(stored.map((model) => [model.modelId, model]));
  const wanted = new Set(catalog.map(({ modelId }) => modelId));
  const changed = catalog.flatMap((model) => {
    const before = known.get(model.modelId);
    const published: ModelPublished = { ...model, created: before?.createdAt ?? nowMs };
    const body = JSON.stringify(z.encode(modelPublishedSchema, published));
    return before?.body === body ? [] : [{ model: published, body }];
  });
  const removed = stored.filter(({ modelId, body }) => body !== null && !wanted.has(modelId));
  return { changed, removed: removed.map(({ modelId }) => modelId) };
}
