import { hash } from 'node:crypto';

import { ApiError } from '@apilink/service';

import type { RoutedModel } from '../routing-table/routed-model.domain.js';
import type { RoutingTableService } from '../routing-table/routing-table.service.js';
import { geminiModel, geminiModelList } from './gemini-model.domain.js';
import { isServed, modelCard } from './model-card.domain.js';
import { modelEndpoints } from './model-endpoints.domain.js';
import { mayCall, modelList } from './model-list.domain.js';
import { providerList } from './provider-list.domain.js';

export interface ListedModels {
  readonly body: string;
  readonly etag: string;
}

/** Allow-lists whose text is kept; there are as many as an installation has kinds of keys. */
const LISTS_MAX = 64;

/**
 * What the models are, to each caller no more than its key may call. Every method throws an ApiError while the routing table
 * has not been read: an empty list would be believed.
 */
export class ModelListService {
  readonly #listed = new Map<string, ListedModels>();
  #version = -1;

  constructor(
    private readonly table: RoutingTableService,
    private readonly now: () => number,
  ) {}

  /** The list as text, made once for every change of the routing table and every allow-list. */
  list(allowed: readonly string[] | null): ListedModels {
    this.table.mustBeRead();
    if (this.#version !== this.table.version || this.#listed.size >= LISTS_MAX) this.#listed.clear();
    this.#version = this.table.version;
    const key = allowed === null ? '*' : JSON.stringify(allowed.toSorted());
    const known = this.#listed.get(key);
    if (known !== undefined) return known;
    const body = JSON.stringify(modelList(this.table.all(), allowed, this.now()));
    // A hash of the text and not the table's version: every edge and every restart gives the same tag.
    const listed = { body, etag: `"${hash('sha256', body, 'hex').slice(0, 32)}"` };
    this.#listed.set(key, listed);
    return listed;
  }

  count(allowed: readonly string[] | null): number {
    this.table.mustBeRead();
    return this.table.all().filter((model) => isServed(model) && mayCall(allowed, model)).length;
  }

  /** Throws `model_not_found`, or `model_unpriced` for a model that the catalog knows without a price. */
  one(id: string, allowed: readonly string[] | null) {
    return modelCard(this.#find(id, allowed), this.now());
  }

  /** Who serves it. Throws as `one` does. */
  endpoints(id: string, allowed: readonly string[] | null) {
    return modelEndpoints(this.#find(id, allowed), (endpoint) => this.table.stateOf(endpoint), this.now());
  }

  /** In the words of Gemini's API. */
  geminiList(allowed: readonly string[] | null) {
    this.table.mustBeRead();
    return geminiModelList(this.table.all(), allowed);
  }

  geminiOne(id: string, allowed: readonly string[] | null) {
    return geminiModel(this.#find(id, allowed));
  }

  providers() {
    this.table.mustBeRead();
    return providerList(this.table.all());
  }

  /** A model outside of the key's list is not there for it. */
  #find(id: string, allowed: readonly string[] | null): RoutedModel {
    this.table.mustBeRead();
    const model = this.table.find(id);
    const details = { param: 'model', detail: id.slice(0, 200) };
    if (model === null || !mayCall(allowed, model)) throw new ApiError('model_not_found', details);
    if (model.published.unpriced) throw new ApiError('model_unpriced', details);
    if (!isServed(model)) throw new ApiError('model_not_found', details);
    return model;
  }
}
