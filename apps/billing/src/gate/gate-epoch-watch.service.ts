import type { GateEpochs, GateStanding } from '@apilink/holds';
import type { Database } from '@apilink/postgres';
import type { Logger } from '@apilink/service';

import type { EpochCause, GateEpochRepository, RecordedEpoch } from './gate-epoch.repository.js';
import type { GateRecoveryService } from './gate-recovery.service.js';

/** Edges renew their holds at this part of a hold's life; it is also how long nothing is admitted after a loss. */
const RENEWALS_PER_LIFE = 6;

export interface GateEpochWatchParts {
  readonly database: Database;
  /** Null for the embedded gate, which cannot be lost. */
  readonly gateEpochs: GateEpochs | null;
  readonly epochs: GateEpochRepository;
  readonly recovery: GateRecoveryService;
  readonly holdExpiryMs: number;
  readonly logger: Pick<Logger, 'warn' | 'info'>;
}

/**
 * Notices that the gate has lost its memory or changed its run, and begins a new epoch: recorded in Postgres first, then
 * written to the gate. What the gate has kept is compared with the tables before its accounts admit again.
 */
export class GateEpochWatchService {
  constructor(private readonly parts: GateEpochWatchParts) {}

  /** One look. Rejects when gate or database are away. */
  async watch(): Promise<void> {
    const { gateEpochs, epochs, database } = this.parts;
    if (gateEpochs === null) return;
    const standing = await gateEpochs.standing();
    const newest = await epochs.newest(database);
    const cause = epochCauseOf(standing, newest?.epoch ?? null);
    const present = cause === null ? newest : await this.#begin(gateEpochs, standing, cause);
    if (present !== null && needsComparison(present)) await this.#compare(gateEpochs, present.epoch);
  }

  /** Whether the gate refuses growth now: the interval after a loss, or no epoch at all. */
  async isQuiet(): Promise<boolean> {
    const { gateEpochs } = this.parts;
    return gateEpochs !== null && isQuiet(await gateEpochs.standing());
  }

  /** Null when the gate has changed again meanwhile: the next look begins another one, because none is used twice. */
  async #begin(
    gateEpochs: GateEpochs,
    standing: GateStanding,
    cause: Exclude<EpochCause, 'first'>,
  ): Promise<RecordedEpoch | null> {
    const { database, epochs, holdExpiryMs, logger } = this.parts;
    const { runId } = standing;
    const recorded = await database.transaction((sql) =>
      epochs.record(sql, { runId, above: standing.epoch ?? 0, cause }),
    );
    const outcome = await gateEpochs.beginEpoch({
      epoch: recorded.epoch,
      runId,
      quietMs: recorded.cause === 'first' ? 0 : Math.ceil(holdExpiryMs / RENEWALS_PER_LIFE),
      awaitsComparison: needsComparison(recorded),
    });
    const facts = { epoch: recorded.epoch, cause: recorded.cause, outcome };
    if (recorded.cause === 'first') logger.info(facts, 'The gate begins its first epoch.');
    else logger.warn(facts, 'The gate begins a new epoch; it admits nothing until its edges have renewed their holds.');
    return outcome === 'begun' ? recorded : null;
  }

  async #compare(gateEpochs: GateEpochs, epoch: number): Promise<void> {
    const { database, epochs, recovery, logger } = this.parts;
    await recovery.recover(gateEpochs, epoch);
    await epochs.markCompared(database, epoch);
    logger.info({ epoch }, 'What the gate had kept is compared with the ledger.');
  }
}

/**
 * Why the gate needs a new epoch; null when it stands in the recorded one. A gate that knows no epoch has lost its memory,
 * one of another run has restarted or taken the role over with what it had got by then.
 */
export function epochCauseOf(
  { epoch, epochRunId, runId }: GateStanding,
  recorded: number | null,
): Exclude<EpochCause, 'first'> | null {
  if (epoch === null) return 'lost';
  if (epochRunId !== runId) return 'other_run';
  return epoch === recorded ? null : 'behind';
}

/** Until the interval after a loss is over, nothing is asked of the gate that it would refuse as growth. */
function isQuiet({ epoch, epochRunId, runId, quietUntil, now }: GateStanding): boolean {
  return epoch === null || epochRunId !== runId || (quietUntil !== null && quietUntil > now);
}

/** A gate that lost everything has nothing to compare: its accounts are loaded when they are asked for. */
function needsComparison({ cause, isCompared }: RecordedEpoch): boolean {
  return !isCompared && (cause === 'other_run' || cause === 'behind');
}
