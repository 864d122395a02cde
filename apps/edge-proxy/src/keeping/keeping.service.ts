import { compactionRequest, readResponsesDocument, withSummaries } from '@apilink/dialects';
import { ApiError, SealBrokenError, type KeyRing } from '@apilink/service';
import type { IncomingHttpHeaders } from 'node:http';

import { IdempotencyClaim } from '../idempotency/idempotency-claim.entity.js';
import { IDEMPOTENCY_HEADER, readIdempotencyKey } from '../idempotency/idempotency-key.domain.js';
import type { IdempotencyService } from '../idempotency/idempotency.service.js';
import type { ResponseStore } from '../responses/response-store.service.js';
import type { KeptAnswer } from './kept-answer.domain.js';
import { KeptCall, type Storing } from './kept-call.entity.js';

/** Where a compaction is asked for. */
export const COMPACT_ROUTE = '/v1/responses/compact';
const RESPONSES_ROUTES: ReadonlySet<string> = new Set(['/v1/responses', COMPACT_ROUTE]);
const COUNT_ROUTE = '/v1/responses/input_tokens';

/** What this installation can keep: all of it, or nothing. */
export interface KeepingParts {
  readonly responses: ResponseStore;
  readonly idempotency: IdempotencyService;
  readonly ring: KeyRing;
  /** 32 hexadecimal digits. */
  readonly newId: () => string;
}

/** A call whose body has been read, and nothing else. */
export interface ArrivedCall {
  readonly accountId: string;
  /** Of the route, as metrics name it. */
  readonly route: string;
  /** As the client wrote it, its query included. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export type EnteredCall = { readonly call: KeptCall } | { readonly replay: KeptAnswer };

/**
 * The first step behind the body: what a client asks to be kept, or to be given of what was kept. Nearly all calls ask for
 * neither, and go on as they came without waiting for anything.
 */
export class KeepingService {
  constructor(private readonly parts: KeepingParts | null) {}

  /** Null for a call that keeps and names nothing. Throws or rejects with an ApiError; nothing is kept then. */
  enter(arrived: ArrivedCall): Promise<EnteredCall> | null {
    const key = keyOf(arrived.headers);
    const isResponses = RESPONSES_ROUTES.has(arrived.route);
    if (key === null && !isResponses) return null;
    const { parts } = this;
    if (parts === null) {
      if (key !== null) throw notOffered(IDEMPOTENCY_HEADER);
      return unkept(arrived);
    }
    if (key === null) {
      const request = this.#request(parts, arrived);
      return request === null ? null : request.then((call) => ({ call }));
    }
    return this.#enterKeyed(parts, arrived, key);
  }

  /** A dry run: what the body names is put into it, and nothing is kept. Null for one that names nothing. */
  async resolve(asked: Pick<ArrivedCall, 'accountId' | 'route' | 'body'>): Promise<KeptCall | null> {
    const { route, body } = asked;
    if (!RESPONSES_ROUTES.has(route) && route !== COUNT_ROUTE) return null;
    const document = { ...readResponsesDocument(body), store: false, asksStore: false };
    const namesNothing = document.previousResponseId === null && document.referencedIds.length === 0;
    if (namesNothing && route !== COMPACT_ROUTE && !mayHoldSummary(body)) return null;
    if (this.parts === null) throw notOffered(namesNothing ? route : 'previous_response_id');
    return this.#whole(this.parts, asked, document);
  }

  async #enterKeyed(parts: KeepingParts, arrived: ArrivedCall, key: string): Promise<EnteredCall> {
    const { accountId, path, body } = arrived;
    const contentType = arrived.headers['content-type'];
    const entered = await parts.idempotency.enter({ accountId, key, path, body, contentType });
    if (!(entered instanceof IdempotencyClaim)) return { replay: entered };
    try {
      const call = (await this.#request(parts, arrived)) ?? keptAsItIs(body);
      call.claim = entered;
      return { call };
    } catch (error) {
      await entered.release();
      throw error;
    }
  }

  /** The call's body as it goes on, with what is to be kept of its answer. */
  #request(parts: KeepingParts, arrived: ArrivedCall): Promise<KeptCall> | null {
    if (!RESPONSES_ROUTES.has(arrived.route)) return null;
    const { body } = arrived;
    const document = readResponsesDocument(body);
    const isCompaction = arrived.route === COMPACT_ROUTE;
    const namesNothing = document.previousResponseId === null && document.referencedIds.length === 0;
    if (!isCompaction && namesNothing && !document.store && !mayHoldSummary(body)) return null;
    if (document.asksStore && !isCompaction && parts.responses.isAway) throw new ApiError('storage_unavailable');
    return this.#whole(parts, arrived, document);
  }

  async #whole(
    { responses, ring, newId }: KeepingParts,
    { accountId, body, route }: Pick<ArrivedCall, 'accountId' | 'route' | 'body'>,
    document: ReturnType<typeof readResponsesDocument>,
  ): Promise<KeptCall> {
    const opened = withSummaries(body, (sealed) => openedSummary(ring, accountId, sealed));
    if ('param' in opened) {
      const detail = 'expected a compaction that was made for this account';
      throw new ApiError('invalid_parameter', { param: opened.param, detail });
    }
    const { previousResponseId } = document;
    const { body: whole, own } = await responses.wholeRequest(accountId, opened.body, document);
    if (route !== COMPACT_ROUTE) {
      const storing: Storing | null = document.store ? { responses, accountId, own } : null;
      return new KeptCall({ previousResponseId, body: whole, storing, compacting: null });
    }
    const request = compactionRequest(whole);
    if ('param' in request) {
      throw new ApiError('invalid_parameter', { param: request.param, detail: `expected ${request.expected}` });
    }
    const seal = (summary: Buffer): Buffer => ring.seal(summary, summaryOf(accountId));
    const compacting = { context: whole, seal, newId };
    return new KeptCall({ previousResponseId, body: request.body, storing: null, compacting });
  }
}

/** Nothing is kept here: what cannot go on without it is refused, and a client that asked for nothing is told. */
function unkept({ route, body, accountId }: ArrivedCall): Promise<EnteredCall> | null {
  if (route === COMPACT_ROUTE) throw notOffered(COMPACT_ROUTE);
  const { previousResponseId, referencedIds, asksStore, store } = readResponsesDocument(body);
  if (previousResponseId !== null) throw notOffered('previous_response_id');
  if (referencedIds.length > 0) throw notOffered('input');
  if (asksStore) throw notOffered('store');
  if (!store) return null;
  const storing = { responses: null, accountId, own: body };
  return Promise.resolve({ call: new KeptCall({ previousResponseId, body, storing, compacting: null }) });
}

function keptAsItIs(body: Buffer): KeptCall {
  return new KeptCall({ previousResponseId: null, body, storing: null, compacting: null });
}

function keyOf(headers: IncomingHttpHeaders): string | null {
  const reading = readIdempotencyKey(headers);
  if ('key' in reading) return reading.key;
  throw new ApiError('invalid_header', { param: IDEMPOTENCY_HEADER, detail: `expected ${reading.expected}` });
}

function notOffered(param: string): ApiError {
  return new ApiError('storage_not_offered', { param });
}

const SUMMARY_MARK = Buffer.from('"apl1c.');

function mayHoldSummary(body: Buffer): boolean {
  return body.includes(SUMMARY_MARK);
}

function openedSummary(ring: KeyRing, accountId: string, sealed: Buffer): Buffer | null {
  try {
    return ring.open(sealed, summaryOf(accountId));
  } catch (error) {
    if (error instanceof SealBrokenError) return null;
    throw error;
  }
}

function summaryOf(accountId: string): string {
  return `compactions/${accountId}`;
}
