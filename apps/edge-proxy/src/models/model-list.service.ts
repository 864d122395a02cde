import { hash } from 'node:crypto';

import { ApiError } from '@apilink/service';

import type { RoutingTableService } from '../routing-table/routing-table.service.js';
import { isServed, modelCard, modelList } from './model-card.domain.js';

export interface ListedModels {
  readonly body: string;
  readonly etag: string;
}

/** The list of models as text, made once for every change of the routing table. */
export class ModelListService {
  #listed: ListedModels | null = null;
  #version = -1;

  constructor(
    private readonly table: RoutingTableService,
    private readonly now: () => number,
  ) {}

  /** Throws an ApiError while the routing table has not been read: an empty list would be believed. */
  list(): ListedModels {
    this.table.mustBeRead();
    if (this.#listed !== null && this.#version === this.table.version) return this.#listed;
    const body = JSON.stringify(modelList(this.table.all(), this.now()));
    this.#version = this.table.version;
    // A hash of the text and not the table's version: every edge and every restart gives the same tag.
    this.#listed = { body, etag: `"${hash('sha256', body, 'hex').slice(0, 32)}"` };
    return this.#listed;
  }

  /** Throws `model_not_found`, or `model_unpriced` for a model that the catalog knows without a price. */
  one(id: string) {
    this.table.mustBeRead();
    const model = this.table.find(id);
    if (model === null) throw new ApiError('model_not_found', { param: 'model', detail: id.slice(0, 200) });
    if (model.published.unpriced) throw new ApiError('model_unpriced', { param: 'model', detail: id.slice(0, 200) });
    if (!isServed(model)) throw new ApiError('model_not_found', { param: 'model', detail: id.slice(0, 200) });
    return modelCard(model, this.now());
  }
}
