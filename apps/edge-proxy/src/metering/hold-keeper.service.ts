import type { GenerationId } from '@apilink/contracts';
import type { HoldStore, ResizeReply } from '@apilink/holds';
import type { Logger } from '@apilink/service';

import type { OpenHold } from './open-hold.entity.js';

/** Holds are renewed this many times within their life: five may be lost in a row. */
const RENEWALS_PER_EXPIRY = 6;
const BATCH_MAX = 500;

/**
 * Every hold that runs or whose `usage.final` is not yet acknowledged. Renewing them is heartbeat, recovery after a loss
 * of the gate and concurrency lease in one (docs/money.md, The gate).
 */
export class HoldKeeper {
  readonly #holds = new Map<GenerationId, OpenHold>();
  #timer: NodeJS.Timeout | null = null;
  #isRenewing = false;
  #epoch: number | null = null;

  constructor(
    private readonly store: HoldStore,
    private readonly logger: Logger,
    private readonly expiryMs: number,
  ) {}

  start(): void {
    this.#timer ??= setInterval(() => void this.renewAll(), Math.max(10, this.expiryMs / RENEWALS_PER_EXPIRY));
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
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

  /** A new epoch means that the gate lost what it knew: every hold is told to it again at once. */
  noteEpoch(epoch: number): void {
    const isNew = this.#epoch !== null && epoch !== this.#epoch;
    this.#epoch = epoch;
    if (isNew) void this.renewAll();
  }

  async renewAll(): Promise<void> {
    if (this.#isRenewing || this.#holds.size === 0) return;
    this.#isRenewing = true;
    try {
      const holds = [...this.#holds.values()];
      for (let from = 0; from < holds.length; from += BATCH_MAX) {
        await this.#renew(holds.slice(from, from + BATCH_MAX));
      }
    } catch (error) {
      this.logger.warn({ err: error, holds: this.#holds.size }, 'holds could not be renewed');
    } finally {
      this.#isRenewing = false;
    }
  }

  async #renew(holds: readonly OpenHold[]): Promise<void> {
    const reply = await this.store.renew({ holds, expiryMs: this.expiryMs });
    for (const hold of holds) {
      if (reply.confirmed.has(hold.holdId)) hold.epoch = reply.epoch;
      if (reply.gone.has(hold.holdId)) hold.whenGone?.();
    }
    this.#epoch = reply.epoch;
  }
}
