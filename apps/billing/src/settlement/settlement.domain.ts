import type {
  AccountId,
  GenerationId,
  HoldOpened,
  HoldState,
  KeyId,
  UsageFinal,
  WorkspaceId,
} from '@apilink/contracts';
import type { RateCard } from '@apilink/pricing';

import type { FoundDifference } from '../difference/difference.domain.js';
import { illegalState } from '../illegal-state.domain.js';
import { onFinal, onOpened, type KnownHold } from '../hold/hold.domain.js';
import {
  postUsage,
  toldVersionOf,
  type CustomerBalance,
  type Transfer,
  type UsagePosting,
} from '../ledger/ledger.domain.js';
import { LotBook, type Lot, type LotDraw } from '../lot/lot.domain.js';
import { chargeBasisOf, chargeOf, lateChargeOf, type Charge } from './charge.domain.js';
import { costOfAttempts, spendsOf, usageTransfer, type SpendDelta } from './usage-transfer.domain.js';

export type UsageEvent =
  | { readonly type: 'hold.opened'; readonly body: HoldOpened }
  | { readonly type: 'usage.final'; readonly body: UsageFinal };

export interface KnownKey {
  readonly accountId: AccountId;
  readonly workspaceId: WorkspaceId;
}

/** What was read under the accounts' locks. */
export interface SettlementGround {
  readonly balances: ReadonlyMap<AccountId, CustomerBalance>;
  /** Those that are not spent, first opened first. */
  readonly lots: ReadonlyMap<AccountId, readonly Lot[]>;
  readonly holds: ReadonlyMap<GenerationId, KnownHold>;
  readonly keys: ReadonlyMap<KeyId, KnownKey>;
  readonly cardOf: (priceVersion: string) => RateCard | undefined;
  /** The gate's epoch; null where the gate has none to lose (it lives in the ledger's own database). */
  readonly epoch: number | null;
  /** The database's clock, ms since the epoch: when what this batch posts is posted. */
  readonly postedAt: number;
}

/** A hold that this batch ends, with all its receipt tells. */
export interface EndedHold {
  readonly final: UsageFinal;
  readonly state: Exclude<HoldState, 'open'>;
  readonly chargeNanoUsd: bigint;
  readonly writtenOffNanoUsd: bigint;
  readonly absorbedNanoUsd: bigint;
  /** What the paid lots that it drew from have given by then. */
  readonly draws: readonly LotDraw[];
  readonly transferId: string | null;
  /** The customer's version in the ledger that was told with the posting; null when nothing was told. */
  readonly ledgerVersion: bigint | null;
}

/** A final that came too late for its hold: it is posted from a hold of its own in the gate. */
export interface LateClaim {
  readonly final: UsageFinal;
  readonly claimNanoUsd: bigint;
  readonly absorbedNanoUsd: bigint;
}

/** One transfer for a customer, and what `usage.settled` tells of it. */
export interface SettledPosting {
  readonly final: UsageFinal;
  readonly posting: UsagePosting;
  readonly draws: readonly LotDraw[];
  readonly transferId: string;
  readonly late: boolean;
}

export type Verdict =
  | { readonly kind: 'taken' | 'repeated' }
  /** Can never be settled: to the dead letters with the reason. */
  | { readonly kind: 'poison'; readonly reason: string };

/**
 * Folds one batch, in order, over what stands in the tables, and gathers what has to be written: no statement depends on
 * how many events there are. Taking an event twice, or one that was settled before, changes nothing.
 */
export class SettlementPlan {
  readonly opened = new Map<GenerationId, HoldOpened>();
  readonly ended = new Map<GenerationId, EndedHold>();
  readonly late = new Map<GenerationId, LateClaim>();
  readonly transfers: Transfer[] = [];
  readonly settled: SettledPosting[] = [];
  readonly closed = new Map<AccountId, GenerationId[]>();
  readonly touched = new Map<AccountId, CustomerBalance>();
  /** Charges that the edge computed otherwise, and such as the balance could not take. */
  readonly differences: FoundDifference[] = [];
  readonly #spends = new Map<string, SpendDelta>();
  readonly #books = new Map<AccountId, LotBook>();
  readonly #states = new Map<GenerationId, HoldState>();

  constructor(private readonly ground: SettlementGround) {}

  get postedAt(): number {
    return this.ground.postedAt;
  }

  /** Each lot that was drawn from once, however many events did. */
  get drawnLots(): readonly Lot[] {
    return [...this.#books.values()].flatMap(({ changed }) => changed);
  }

  get spends(): readonly SpendDelta[] {
    return [...this.#spends.values()];
  }

  take(event: UsageEvent): Verdict {
    const strange = this.#strangeness(event.body);
    if (strange !== null) return { kind: 'poison', reason: strange };
    return event.type === 'hold.opened' ? this.#open(event.body) : this.#final(event.body);
  }

  #open(body: HoldOpened): Verdict {
    if (onOpened(this.#stateOf(body.generationId)) === 'ignore') return { kind: 'repeated' };
    this.opened.set(body.generationId, body);
    this.#states.set(body.generationId, 'open');
    return { kind: 'taken' };
  }

  #final(final: UsageFinal): Verdict {
    const sameEpoch = this.ground.epoch === null || final.epoch === this.ground.epoch;
    const step = onFinal(this.#stateOf(final.generationId), sameEpoch);
    switch (step) {
      case 'ignore':
        return { kind: 'repeated' };
      case 'settle':
        return this.#settle(final);
      case 'settle_late':
        return this.#settleLate(final);
    }
    return illegalState(step);
  }

  #settle(final: UsageFinal): Verdict {
    const result = chargeOf(final, this.ground.cardOf);
    if ('problem' in result) return { kind: 'poison', reason: result.problem };
    const { chargeNanoUsd } = result.charge;
    if (chargeNanoUsd !== final.chargeNanoUsd)
      this.#differs('edge_charge', final, [chargeNanoUsd, final.chargeNanoUsd]);
    const state = result.charge.basis === 'nothing' ? 'voided' : 'settled';
    this.#end(final, state, result.charge);
    return { kind: 'taken' };
  }

  /** The hold ends as `expired` now if it has not yet; what is claimed is posted by the late settlement alone. */
  #settleLate(final: UsageFinal): Verdict {
    if (this.late.has(final.generationId) || this.ground.holds.get(final.generationId)?.claimed === true) {
      return { kind: 'repeated' };
    }
    const result = lateChargeOf(final, this.ground.cardOf);
    if ('problem' in result) return { kind: 'poison', reason: result.problem };
    const { chargeNanoUsd: claimNanoUsd, absorbedNanoUsd } = result.charge;
    if (claimNanoUsd === 0n) {
      this.#end(final, 'late_settled', result.charge);
      return { kind: 'taken' };
    }
    this.late.set(final.generationId, { final, claimNanoUsd, absorbedNanoUsd });
    if (this.#stateOf(final.generationId) !== 'expired') {
      this.#record(final, 'expired', unposted);
    }
    return { kind: 'taken' };
  }

  #end(final: UsageFinal, state: Exclude<HoldState, 'open'>, charge: Charge): void {
    const before = this.touched.get(final.accountId) ?? this.ground.balances.get(final.accountId);
    if (before === undefined) throw new Error(`the account ${final.accountId} was checked and is gone`);
    const costNanoUsd = costOfAttempts(final);
    const posting = postUsage(before, {
      chargeNanoUsd: charge.chargeNanoUsd,
      writtenOffNanoUsd: charge.shortfallNanoUsd,
      writeOffReason: 'estimate_shortfall',
      absorbedNanoUsd: charge.absorbedNanoUsd,
      costNanoUsd,
    });
    const { postedShortNanoUsd: short } = posting;
    if (short > 0n) this.#differs('posted_short', final, [charge.chargeNanoUsd, charge.chargeNanoUsd - short]);
    const draws = this.#bookOf(final.accountId).draw(posting.promoNanoUsd, posting.paidNanoUsd);
    const transferId = this.#post({ final, posting, draws, late: state === 'late_settled' });
    const takenNanoUsd = posting.promoNanoUsd + posting.paidNanoUsd;
    this.#spend(final, takenNanoUsd);
    this.#record(final, state, {
      chargeNanoUsd: takenNanoUsd,
      writtenOffNanoUsd: posting.writtenOffNanoUsd,
      absorbedNanoUsd: posting.absorbedNanoUsd,
      draws,
      transferId,
      ledgerVersion: toldVersionOf(posting),
    });
  }

  #bookOf(accountId: AccountId): LotBook {
    const known = this.#books.get(accountId);
    if (known !== undefined) return known;
    const book = new LotBook(this.ground.lots.get(accountId) ?? []);
    this.#books.set(accountId, book);
    return book;
  }

  #post(settled: Omit<SettledPosting, 'transferId'>): string | null {
    const { final, posting } = settled;
    if (posting.entries.length === 0) return null;
    const transfer = usageTransfer(final, posting);
    this.transfers.push(transfer);
    if (posting.balance.ledgerVersion !== this.#balanceVersion(final.accountId)) {
      this.touched.set(final.accountId, posting.balance);
    }
    if (toldVersionOf(posting) !== null) {
      this.settled.push({ ...settled, transferId: transfer.transferId });
    }
    return transfer.transferId;
  }

  #balanceVersion(accountId: AccountId): bigint | undefined {
    return (this.touched.get(accountId) ?? this.ground.balances.get(accountId))?.ledgerVersion;
  }

  #record(final: UsageFinal, state: Exclude<HoldState, 'open'>, amounts: Omit<EndedHold, 'final' | 'state'>): void {
    this.ended.set(final.generationId, { final, state, ...amounts });
    this.#states.set(final.generationId, state);
    this.opened.delete(final.generationId);
    const closed = this.closed.get(final.accountId) ?? [];
    closed.push(final.generationId);
    this.closed.set(final.accountId, closed);
  }

  #differs(kind: FoundDifference['kind'], final: UsageFinal, [expected, found]: readonly [bigint, bigint]): void {
    const { accountId, generationId } = final;
    this.differences.push({ kind, accountId, generationId, expected: `${expected}`, found: `${found}` });
  }

  #spend(final: UsageFinal, amountNanoUsd: bigint): void {
    for (const delta of spendsOf(final, amountNanoUsd)) {
      const id = `${delta.scope}/${delta.scopeId}/${delta.period}`;
      const before = this.#spends.get(id)?.amountNanoUsd ?? 0n;
      this.#spends.set(id, { ...delta, amountNanoUsd: before + delta.amountNanoUsd });
    }
  }

  #stateOf(generationId: GenerationId): HoldState | null {
    return this.#states.get(generationId) ?? this.ground.holds.get(generationId)?.state ?? null;
  }

  /** What no honest edge says; rounding it into something plausible would move money on a guess. */
  #strangeness(body: HoldOpened | UsageFinal): string | null {
    if (!this.ground.balances.has(body.accountId)) return `unknown account ${body.accountId}`;
    const key = this.ground.keys.get(body.keyId);
    if (key === undefined) return `unknown key ${body.keyId}`;
    if (key.accountId !== body.accountId) return `key ${body.keyId} belongs to another account`;
    if (key.workspaceId !== body.workspaceId) return `key ${body.keyId} belongs to another workspace`;
    const hold = this.ground.holds.get(body.generationId);
    const told = this.ended.get(body.generationId)?.final ?? this.opened.get(body.generationId) ?? hold;
    if (told !== undefined && (told.accountId !== body.accountId || told.keyId !== body.keyId)) {
      return `generation ${body.generationId} belongs to another account or key`;
    }
    return 'answeredBy' in body ? this.#strangeAnswer(body, hold) : null;
  }

  #strangeAnswer(final: UsageFinal, hold: KnownHold | undefined): string | null {
    const answer = final.answeredBy;
    if (answer === null) return null;
    const opened = this.opened.get(final.generationId)?.candidates ?? hold?.candidates ?? final.candidates;
    // A hold that only the gate knew has no candidates in the table; then the final's own list is all there is.
    const lists = opened.length === 0 ? [final.candidates] : [final.candidates, opened];
    const isPinned = lists.every((list) =>
      list.some((one) => one.endpointId === answer.endpointId && one.priceVersion === answer.priceVersion),
    );
    return isPinned ? null : `${answer.endpointId} at ${answer.priceVersion} is no candidate of the hold`;
  }
}

const unposted = {
  chargeNanoUsd: 0n,
  writtenOffNanoUsd: 0n,
  absorbedNanoUsd: 0n,
  draws: [],
  transferId: null,
  ledgerVersion: null,
} as const;

/** The price versions that a batch needs before it can be folded. */
export function priceVersionsOf(events: readonly UsageEvent[]): ReadonlySet<string> {
  const versions = new Set<string>();
  for (const event of events) {
    if (event.type !== 'usage.final' || event.body.answeredBy === null) continue;
    if (chargeBasisOf(event.body.outcome) !== 'nothing') versions.add(event.body.answeredBy.priceVersion);
  }
  return versions;
}
