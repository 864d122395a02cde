import type { GenerationId } from '@apilink/contracts';
import type { HoldStore, ResizeReply } from '@apilink/holds';
import type { Logger } from '@apilink/service';

import type { OpenHold } from './open-hold.entity.js';

/** Holds are renewed this many times within their life: five may be lost in a row. */
const RENEWALS_PER_EXPIRY = 6;
/** A gate that did not answer is asked again after this long: the holds go on to expire. */
const RETRY_MS_MAX = 1_000;
const BATCH_MAX = 500;

/**
 * Every hold that runs or whose `usage.final` is not yet acknowledged. Renewing them is heartbeat, recovery after a loss
 * of the gate and concurrency lease in one (docs/money.md, The gate).
 */
export class HoldKeeper {
  readonly #holds = new Map<GenerationId, OpenHold>();
  #timer: NodeJS.Timeout | null = null;
  #retryTimer: NodeJS.Timeout | null = null;
  #isRenewing = false;
  /** The gate lost its memory while a round was on its way: what was renewed before has to be renewed again. */
  #isRoundStale = false;
  #isAway = false;
  #isStopped = false;
  #epoch: number | null = null;

  constructor(
    private readonly store: HoldStore,
    private readonly logger: Logger,
    private readonly expiryMs: number,
  ) {}

  /** Renews at once what is there already: it is of an earlier process, and may be about to expire. */
  start(): void {
    this.#timer ??= setInterval(() => void this.renewAll(), this.#intervalMs);
    void this.renewAll();
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    this.#timer = null;
    this.#retryTimer = null;
  }

  get size(): number {
    return this.#holds.size;
  }

  add(hold: OpenHold): void {
    this.#holds.set(hold.holdId, hold);
    this.noteEpoch(hold.epoch);
  }

  find(holdId: GenerationId): OpenHold | undefined {
    return this.#holds.get(holdId);
  }

  /** The event log has taken the hold's `usage.final`: from here on it is billing's. */
  acknowledged(holdId: GenerationId): void {
    this.#holds.delete(holdId);
  }

  /**
   * Grows a running hold, or ends it with `final`. Rejects when the gate is away: the stream goes on, and what the
   * ledger affords is charged.
   */
  async resize(hold: OpenHold, targetNanoUsd: bigint, final: boolean, tokens: number | null): Promise<ResizeReply> {
    const { accountId, holdId } = hold;
    const reply = await this.store.resize({ accountId, holdId, targetNanoUsd, final, tokens });
    if (reply.outcome === 'resized') {
      hold.confirm(reply.grantedNanoUsd, reply.epoch);
      this.noteEpoch(reply.epoch);
    }
    return reply;
  }

  /**
   * A higher epoch means that the gate lost what it knew: every hold is told to it again at once. A lower one is a reply
   * that was on its way for long.
   */
  noteEpoch(epoch: number): void {
    const known = this.#epoch;
    if (known !== null && epoch <= known) return;
    this.#epoch = epoch;
    if (known !== null) void this.renewAll();
  }

  async renewAll(): Promise<void> {
    if (this.#isRenewing) {
      this.#isRoundStale = true;
      return;
    }
    if (this.#holds.size === 0) return;
    this.#isRenewing = true;
    try {
      do {
        this.#isRoundStale = false;
        await this.#renewRound();
      } while (this.#isRoundStale);
      if (this.#isAway) this.logger.info({ holds: this.#holds.size }, 'holds are renewed again');
      this.#isAway = false;
    } catch (error) {
      if (!this.#isAway) this.logger.warn({ err: error, holds: this.#holds.size }, 'holds could not be renewed');
      this.#isAway = true;
      this.#renewSoon();
    } finally {
      this.#isRenewing = false;
    }
  }

  get #intervalMs(): number {
    return Math.max(10, this.expiryMs / RENEWALS_PER_EXPIRY);
  }

  #renewSoon(): void {
    if (this.#isStopped) return;
    this.#retryTimer ??= setTimeout(
      () => {
        this.#retryTimer = null;
        void this.renewAll();
      },
      Math.min(RETRY_MS_MAX, this.#intervalMs),
    );
  }

  async #renewRound(): Promise<void> {
    const holds = [...this.#holds.values()];
    for (let from = 0; from < holds.length; from += BATCH_MAX) await this.#renew(holds.slice(from, from + BATCH_MAX));
  }

  async #renew(holds: readonly OpenHold[]): Promise<void> {
    const asked = holds.map((hold) => ({ hold, amountNanoUsd: hold.amountNanoUsd }));
    const reply = await this.store.renew({ holds, expiryMs: this.expiryMs });
    for (const { hold, amountNanoUsd } of asked) {
      if (reply.confirmed.has(hold.holdId)) hold.confirmAgain(amountNanoUsd, reply.epoch);
      if (reply.gone.has(hold.holdId)) hold.whenGone?.();
    }
    this.noteEpoch(reply.epoch);
  }
}
