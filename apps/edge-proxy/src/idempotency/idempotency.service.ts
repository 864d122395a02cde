import { timingSafeEqual } from 'node:crypto';

import type { ErrorCode } from '@apilink/contracts';
import { formBoundary } from '@apilink/dialects';
import { ApiError, type KeyRing, type Logger } from '@apilink/service';

import type { KeepingMetrics } from '../keeping/keeping-metrics.service.js';
import type { KeptDatabase } from '../keeping/kept-database.service.js';
import { packedAnswer, unpackedAnswer, type KeptAnswer } from '../keeping/kept-answer.domain.js';
import { IdempotencyClaim, type ClaimEnds } from './idempotency-claim.entity.js';
import { hashOfKey, hashOfRequest } from './idempotency-key.domain.js';
import type { IdempotentAnswerRepository, KeyPlace, KnownKey } from './idempotent-answer.repository.js';

const CLAIM_MS_MAX = 2_000;
/** How long the end of an answer waits for being kept. */
const END_MS_MAX = 500;
/** A key is renewed this many times within its lease. */
const RENEWALS_PER_LEASE = 6;
const DAY_MS = 86_400_000;
/** A run that has let go of the key just now leaves it free: it is asked for again. */
const TRIES_MAX = 3;
/** Answers that wait for Postgres to come back; beyond it the oldest is given up. */
const WAITING_MAX = 100;

export interface IdempotencyParts {
  readonly database: KeptDatabase;
  readonly repository: IdempotentAnswerRepository;
  readonly ring: KeyRing;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
  readonly metrics: KeepingMetrics;
  /** As a hold's: an edge that is gone frees its keys when its holds expire. */
  readonly leaseMs: number;
  readonly newId: () => string;
}

/** A request under a key. */
export interface KeyedRequest {
  readonly accountId: string;
  readonly key: string;
  readonly path: string;
  readonly body: Buffer;
  readonly contentType: string | undefined;
}

/** One key, at most one charge: who has a key, and what it gives to whoever sends it again. */
export class IdempotencyService implements ClaimEnds {
  readonly #running = new Map<string, IdempotencyClaim>();
  /** Ends that Postgres did not take in time. */
  readonly #waiting = new Map<string, () => Promise<boolean>>();
  #timer: NodeJS.Timeout | null = null;

  constructor(private readonly parts: IdempotencyParts) {}

  start(): void {
    this.#timer = setInterval(() => void this.#renew(), this.parts.leaseMs / RENEWALS_PER_LEASE);
    this.#timer.unref();
  }

  /** What could not be kept yet is tried a last time. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#finishWaiting();
    if (this.#waiting.size > 0) {
      this.parts.logger.error({ count: this.#waiting.size }, 'answers under an Idempotency-Key could not be kept');
    }
  }

  /**
   * The key for this request's run, or the answer that it was given before. Rejects with an ApiError: still running,
   * another request, charged but not kept, or Postgres away.
   */
  async enter(request: KeyedRequest): Promise<IdempotencyClaim | KeptAnswer> {
    const { newId } = this.parts;
    const { accountId } = request;
    const requestHash = hashOfRequest(request.path, request.body, formBoundary(request.contentType));
    const place = { accountId, keyHash: hashOfKey(accountId, request.key) };
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const claimId = newId();
      const known = await this.#claimOrFind(place, claimId, requestHash);
      if (known === 'ours') {
        const claim = new IdempotencyClaim(this, accountId, place.keyHash, claimId);
        this.#running.set(claimId, claim);
        this.#count('first');
        return claim;
      }
      if (known !== null) return this.#answerOf(place, known, requestHash);
    }
    throw this.#refused('idempotency_key_in_use');
  }

  /** Resolves when it is kept, or when nobody should wait for it any longer; it is then tried again on its own. */
  async end(claim: IdempotencyClaim, generation: string, answer: KeptAnswer | null): Promise<void> {
    const { repository, ring } = this.parts;
    const sealed = answer === null ? null : ring.seal(packedAnswer(answer), whereOf(claim));
    const end = async (): Promise<boolean> =>
      this.parts.database.run(async (sql) => repository.end(sql, claim, { generation, sealed }), END_MS_MAX);
    await this.#finish(claim, end);
  }

  async release(claim: IdempotencyClaim): Promise<void> {
    const { repository } = this.parts;
    const release = async (): Promise<boolean> => {
      await this.parts.database.run(async (sql) => repository.release(sql, claim), END_MS_MAX);
      return true;
    };
    await this.#finish(claim, release);
  }

  async #claimOrFind(place: KeyPlace, claimId: string, requestHash: Buffer): Promise<KnownKey | 'ours' | null> {
    const { database, repository, ring, leaseMs } = this.parts;
    const sealedRequestHash = ring.seal(requestHash, requestOf(place));
    let isLate = false;
    try {
      return await database.run(async (sql) => {
        const isOurs = await repository.claim(sql, { ...place, sealedRequestHash, claimId, leaseMs, keptMs: DAY_MS });
        if (!isOurs) return repository.find(sql, place);
        // Its client has been told to come back: the key must be free then.
        if (isLate) await repository.release(sql, { ...place, claimId });
        return 'ours';
      }, CLAIM_MS_MAX);
    } catch (error) {
      isLate = true;
      throw error;
    }
  }

  #answerOf(place: KeyPlace, known: KnownKey, requestHash: Buffer): KeptAnswer {
    const firstHash = this.parts.ring.open(known.sealedRequestHash, requestOf(place));
    if (!timingSafeEqual(firstHash, requestHash)) throw this.#refused('idempotency_key_reused');
    if (known.state === 'running') throw this.#refused('idempotency_key_in_use');
    const generation = known.generation ?? '?';
    if (known.sealedAnswer === null) {
      throw this.#refused('idempotent_answer_not_kept', `see generation ${generation}`);
    }
    const answer = unpackedAnswer(this.parts.ring.open(known.sealedAnswer, whereOf(place)));
    if (answer === null) throw new ApiError('internal_error', {}, new Error('a kept answer cannot be read'));
    this.#count('replayed');
    return answer;
  }

  #refused(code: ErrorCode, detail?: string): ApiError {
    this.#count('refused');
    return new ApiError(code, detail === undefined ? {} : { detail });
  }

  #count(result: 'first' | 'replayed' | 'refused'): void {
    this.parts.metrics.idempotentRequests.inc({ result });
  }

  async #finish(claim: IdempotencyClaim, end: () => Promise<boolean>): Promise<void> {
    const { claimId } = claim;
    try {
      const isOurs = await end();
      this.#running.delete(claimId);
      if (!isOurs) this.parts.logger.error({ claim: claimId }, 'a key went over to another edge while its run went on');
    } catch {
      // The key stays ours as long as it can be renewed, so that nobody is charged a second time meanwhile.
      this.#waiting.set(claimId, end);
      const [oldest] = this.#waiting.keys();
      if (this.#waiting.size > WAITING_MAX && oldest !== undefined) this.#forget(oldest);
    }
  }

  async #finishWaiting(): Promise<void> {
    for (const [claimId, end] of this.#waiting) {
      try {
        await end();
        this.#forget(claimId);
      } catch {
        // Still away: the rest would wait in vain.
        return;
      }
    }
  }

  #forget(claimId: string): void {
    this.#waiting.delete(claimId);
    this.#running.delete(claimId);
  }

  async #renew(): Promise<void> {
    if (this.#running.size === 0) return;
    const { database, repository, leaseMs, logger } = this.parts;
    try {
      await database.run(async (sql) => repository.renew(sql, [...this.#running.keys()], leaseMs), CLAIM_MS_MAX);
      await this.#finishWaiting();
    } catch (error) {
      logger.warn({ err: error, count: this.#running.size }, 'keys of running requests could not be renewed');
    }
  }
}

function whereOf({ accountId, keyHash }: KeyPlace): string {
  return `idempotent_answers/${accountId}/${keyHash.toString('base64url')}`;
}

function requestOf(place: KeyPlace): string {
  return `${whereOf(place)}/request`;
}
