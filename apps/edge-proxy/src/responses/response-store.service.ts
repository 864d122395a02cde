import {
  inputItemsOf,
  listedOutput,
  readResource,
  referredItems,
  replayedOutput,
  replayedRequest,
  withItems,
  type ResponsesDocument,
} from '@apilink/dialects';
import { ApiError, type KeyRing, type Logger } from '@apilink/service';

import type { KeepingMetrics } from '../keeping/keeping-metrics.service.js';
import type { KeptDatabase } from '../keeping/kept-database.service.js';
import { identified, unassigned, type RequestItem, type StoredItem } from './stored-item.domain.js';
import type { StoredChain, StoredResponse, StoredResponseRepository } from './stored-response.repository.js';

const READ_MS_MAX = 5_000;
/** How long the end of an answer waits for being stored, and how much longer for each MiB of it. */
const SAVE_MS_MAX = 500;
const SAVE_MS_PER_MIB = 50;
const MIB = 1024 * 1024;
/** As OpenAI keeps them. */
export const RESPONSE_KEPT_MS = 30 * 86_400_000;
/** What a request may be once its conversation stands in it; the same as any other body. */
const REQUEST_BYTES_MAX = 32 * MIB;
/** Turns of one conversation. */
const DEPTH_MAX = 1_000;
/** Items that one request may refer to. */
const REFERENCES_MAX = 2_000;

export interface ResponseStoreParts {
  readonly database: KeptDatabase;
  readonly repository: StoredResponseRepository;
  readonly ring: KeyRing;
  readonly logger: Pick<Logger, 'warn'>;
  readonly metrics: KeepingMetrics;
  /** 32 hexadecimal digits. */
  readonly newId: () => string;
}

/** A request with everything in it that it only named. */
export interface WholeRequest {
  readonly body: Buffer;
  /** The request without the conversation before it: its input is what is stored of it. */
  readonly own: Buffer;
}

export interface NewResponse {
  readonly accountId: string;
  readonly previousResponseId: string | null;
  /** As `WholeRequest` has it. */
  readonly own: Buffer;
  /** As the client is told it. */
  readonly resource: Buffer;
}

/** What clients say and are told over `/v1/responses`, kept for 30 days and sealed, for their account alone. */
export class ResponseStore {
  constructor(private readonly parts: ResponseStoreParts) {}

  /** Postgres did not answer when it was asked last. */
  get isAway(): boolean {
    return this.parts.database.isAway;
  }

  /**
   * The request with its conversation in front of its input and its references resolved. Rejects with an ApiError: not
   * found, too large, or Postgres away. Nothing is read where the document names nothing.
   */
  async wholeRequest(accountId: string, body: Buffer, document: ResponsesDocument): Promise<WholeRequest> {
    const own = await this.#withReferences(accountId, body, document.referencedIds);
    const { previousResponseId } = document;
    if (previousResponseId === null) return { body: own, own };
    const chain = await this.#chain(accountId, previousResponseId, 'previous_response_id');
    const items = chain.responses.flatMap((response) => [
      ...this.#inputOf(accountId, response).map(unassigned),
      ...replayedOutput(this.#resourceOf(accountId, response)),
    ]);
    const whole = replayedRequest(own, items);
    if (whole.length > REQUEST_BYTES_MAX) throw tooLarge(`more than ${REQUEST_BYTES_MAX} bytes`);
    return { body: whole, own };
  }

  /** False when it is not stored and will not be: no id, Postgres away, or too slow. Never rejects. */
  async save({ accountId, previousResponseId, own, resource }: NewResponse): Promise<boolean> {
    const { database, repository, ring, logger, newId } = this.parts;
    const facts = readResource(resource);
    if (facts === null || facts.id.length > 200) return false;
    // Nobody's last byte waits for a Postgres that is known to be away.
    if (database.isAway) return this.#saved(false);
    const responseId = facts.id;
    const ownItems = identified(inputItemsOf(own), newId);
    const outputItemIds = [...new Set(facts.itemIds)].filter((id) => id.length <= 200);
    const inputItemIds = [...new Set(ownItems.map(({ id }) => id))].filter(
      (id) => id.length <= 200 && !outputItemIds.includes(id),
    );
    const place = placeOf(accountId, responseId);
    const input = Buffer.from(JSON.stringify(ownItems));
    const bytes = input.length + resource.length;
    let isLate = false;
    try {
      await database.run(
        async (sql) => {
          await repository.save(sql, {
            accountId,
            responseId,
            previousResponseId,
            sealedInput: ring.seal(input, `${place}/input`),
            sealedResource: ring.seal(resource, `${place}/resource`),
            inputItemIds,
            outputItemIds,
            keptMs: RESPONSE_KEPT_MS,
          });
          // The client has been told that it is not stored.
          if (isLate) await repository.delete(sql, accountId, responseId);
        },
        SAVE_MS_MAX + (bytes / MIB) * SAVE_MS_PER_MIB,
      );
      return this.#saved(true);
    } catch (error) {
      isLate = true;
      logger.warn({ err: error, response: responseId }, 'a response could not be stored');
      return this.#saved(false);
    }
  }

  #saved(isSaved: boolean): boolean {
    this.parts.metrics.storedResponses.inc({ result: isSaved ? 'stored' : 'failed' });
    return isSaved;
  }

  /** The resource as the client was told it. */
  async resource(accountId: string, responseId: string): Promise<Buffer> {
    const { database, repository } = this.parts;
    const stored = await database.run(async (sql) => repository.find(sql, accountId, responseId), READ_MS_MAX);
    if (stored === null) throw notFound(responseId);
    return this.#resourceOf(accountId, stored);
  }

  async delete(accountId: string, responseId: string): Promise<void> {
    const { database, repository } = this.parts;
    const isDeleted = await database.run(async (sql) => repository.delete(sql, accountId, responseId), READ_MS_MAX);
    if (!isDeleted) throw notFound(responseId);
  }

  /** All items that the response was made from, those of the conversation before it included, the oldest first. */
  async inputItems(accountId: string, responseId: string): Promise<readonly StoredItem[]> {
    const chain = await this.#chain(accountId, responseId, 'response_id');
    const newest = chain.responses.at(-1);
    return chain.responses.flatMap((response) => {
      const input = this.#inputOf(accountId, response);
      if (response === newest) return input;
      return [...input, ...identified(listedOutput(this.#resourceOf(accountId, response)), this.parts.newId)];
    });
  }

  async #chain(accountId: string, responseId: string, param: string): Promise<StoredChain> {
    const { database, repository } = this.parts;
    const limits = { depthMax: DEPTH_MAX, bytesMax: 2 * REQUEST_BYTES_MAX };
    const chain = await database.run(async (sql) => repository.chain(sql, accountId, responseId, limits), READ_MS_MAX);
    if (chain === null) throw notFound(responseId, param);
    if (chain.bytes > limits.bytesMax) throw tooLarge(`more than ${REQUEST_BYTES_MAX} bytes`, param);
    if (chain.missing !== null && chain.depth >= DEPTH_MAX) throw tooLarge(`more than ${DEPTH_MAX} turns`, param);
    if (chain.missing !== null) throw notFound(chain.missing, param);
    return chain;
  }

  async #withReferences(accountId: string, body: Buffer, ids: readonly string[]): Promise<Buffer> {
    if (ids.length === 0) return body;
    if (ids.length > REFERENCES_MAX) throw tooLarge(`more than ${REFERENCES_MAX} references`, 'input');
    const items = await this.#items(accountId, ids);
    const resolved = withItems(body, (id) => items.get(id));
    if ('missing' in resolved) {
      throw new ApiError('response_item_not_found', { param: 'input', detail: resolved.missing.slice(0, 200) });
    }
    if (resolved.body.length > REQUEST_BYTES_MAX) throw tooLarge(`more than ${REQUEST_BYTES_MAX} bytes`, 'input');
    return resolved.body;
  }

  async #items(accountId: string, ids: readonly string[]): Promise<ReadonlyMap<string, RequestItem | 'left_out'>> {
    const { database, repository } = this.parts;
    const stored = await database.run(async (sql) => {
      const places = await repository.findItems(sql, accountId, ids);
      const sizes = new Map(places.map(({ responseId, bytes }) => [responseId, bytes]));
      const bytes = [...sizes.values()].reduce((sum, one) => sum + one, 0);
      if (bytes > 2 * REQUEST_BYTES_MAX) throw tooLarge(`more than ${REQUEST_BYTES_MAX} bytes`, 'input');
      return repository.findAll(sql, accountId, [...sizes.keys()]);
    }, READ_MS_MAX);
    const items = new Map<string, RequestItem | 'left_out'>();
    for (const response of stored) {
      for (const item of this.#inputOf(accountId, response)) items.set(item.id, unassigned(item));
    }
    // An item of an answer wins over one of the same id that a client sent.
    for (const response of stored) {
      for (const [id, item] of referredItems(this.#resourceOf(accountId, response))) items.set(id, item);
    }
    return items;
  }

  #inputOf(accountId: string, { responseId, sealedInput }: StoredResponse): readonly StoredItem[] {
    const opened = this.parts.ring.open(sealedInput, `${placeOf(accountId, responseId)}/input`);
    const items: StoredItem[] = JSON.parse(opened.toString());
    return items;
  }

  #resourceOf(accountId: string, { responseId, sealedResource }: StoredResponse): Buffer {
    return this.parts.ring.open(sealedResource, `${placeOf(accountId, responseId)}/resource`);
  }
}

function placeOf(accountId: string, responseId: string): string {
  return `stored_responses/${accountId}/${responseId}`;
}

function notFound(responseId: string, param = 'response_id'): ApiError {
  return new ApiError('response_not_found', { param, detail: responseId.slice(0, 200) });
}

function tooLarge(detail: string, param = 'previous_response_id'): ApiError {
  return new ApiError('conversation_too_large', { param, detail });
}
