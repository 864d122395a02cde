import {
  outcomeSchema,
  rateCardSchema,
  usageSourceSchema,
  usageVectorSchema,
  type GenerationId,
  type HoldState,
} from '@apilink/contracts';
import type { Sql } from '@apilink/postgres';
import type { RateCard } from '@apilink/pricing';

import { chargeOf, lateChargeOf, type ChargeFacts } from '../settlement/charge.domain.js';
import { DIFFERENCES_MAX, type AuditDifference, type AuditPart } from './audit.domain.js';
import { specimenHolds } from './specimen.factory.js';
import { rows, where } from './tampering.domain.js';

const PAGE = 2_000;
const INVARIANT = '10 a charge is what outcome, usage and pinned price say';

export const chargePart: AuditPart = {
  specimen: {},
  checks: [
    {
      invariant: INVARIANT,
      description: 'Every charge is recomputed from outcome, usage vector and the pinned price version.',
      tamperings: [
        {
          kind: 'the usage of a charge was changed',
          apply: rows('holds', where('generation_id', specimenHolds.completed), (row) => ({
            ...row,
            usage: { output: 299 },
          })),
        },
      ],
      run: (sql, progress) => new ChargeCheck().run(sql, progress),
    },
  ],
};

/** Recomputes every charge from what its hold keeps, page by page. */
class ChargeCheck {
  readonly #cards = new Map<string, RateCard>();

  async run(sql: Sql, progress: (checked: number, total: number) => void): Promise<readonly AuditDifference[]> {
    const total = await countEnded(sql);
    const differences: AuditDifference[] = [];
    let checked = 0;
    let after: GenerationId | null = null;
    for (;;) {
      const page: readonly EndedRow[] = await sql.query<EndedRow>(SELECT_ENDED, [after, PAGE]);
      await this.#learn(sql, page);
      for (const row of page) differences.push(...this.#differencesOf(row));
      checked += page.length;
      progress(checked, total);
      after = page.at(-1)?.generation_id ?? null;
      if (page.length < PAGE || differences.length >= DIFFERENCES_MAX) return differences;
    }
  }

  #differencesOf(row: EndedRow): readonly AuditDifference[] {
    const facts = factsOf(row);
    const isLate = row.state === 'late_settled';
    const result = (isLate ? lateChargeOf : chargeOf)(facts, (version) => this.#cards.get(version));
    const found = `${row.charge_nano_usd} charged, ${row.written_off_nano_usd} written off, ${row.absorbed_nano_usd} absorbed`;
    const at = { invariant: INVARIANT, row: `holds/${row.generation_id}`, found };
    if ('problem' in result) return [{ ...at, expected: result.problem }];
    const { chargeNanoUsd, shortfallNanoUsd, absorbedNanoUsd } = result.charge;
    // A late claim is posted alone: its shortfall counts only where there was nothing to claim.
    const expected = chargeNanoUsd + (isLate && chargeNanoUsd > 0n ? 0n : shortfallNanoUsd);
    const stands = BigInt(row.charge_nano_usd) + BigInt(row.written_off_nano_usd);
    if (stands === expected && BigInt(row.absorbed_nano_usd) === absorbedNanoUsd) return [];
    return [{ ...at, expected: `${expected} charged or written off together, ${absorbedNanoUsd} absorbed` }];
  }

  async #learn(sql: Sql, page: readonly EndedRow[]): Promise<void> {
    const wanted = [...new Set(page.flatMap(({ price_version: version }) => version ?? []))];
    const missing = wanted.filter((version) => !this.#cards.has(version));
    if (missing.length === 0) return;
    const cards = await sql.query<{ card: unknown }>('SELECT card FROM prices WHERE price_version = ANY($1::text[])', [
      missing,
    ]);
    for (const { card } of cards) {
      const parsed = rateCardSchema.parse(card);
      this.#cards.set(parsed.priceVersion, parsed);
    }
  }
}

interface EndedRow {
  readonly generation_id: GenerationId;
  readonly state: HoldState;
  readonly outcome: string;
  readonly usage: unknown;
  readonly usage_source: string;
  readonly endpoint_id: string | null;
  readonly price_version: string | null;
  readonly service_tier: string | null;
  readonly opened_at: Date | string;
  readonly amount_nano_usd: string;
  readonly charge_nano_usd: string;
  readonly written_off_nano_usd: string;
  readonly absorbed_nano_usd: string;
}

/** An expired hold has no usage: its charge of 0 is checked with the states. */
const ENDED = "state IN ('settled', 'voided', 'late_settled')";

const SELECT_ENDED = `
SELECT generation_id, state, outcome, usage, usage_source, endpoint_id, price_version, service_tier, opened_at,
  amount_nano_usd, charge_nano_usd, written_off_nano_usd, absorbed_nano_usd
FROM holds WHERE ${ENDED} AND ($1::uuid IS NULL OR generation_id > $1) ORDER BY generation_id LIMIT $2`;

async function countEnded(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ count: string }>(`SELECT count(*) AS count FROM holds WHERE ${ENDED}`);
  return Number(row?.count ?? 0);
}

function factsOf(row: EndedRow): ChargeFacts {
  const { endpoint_id: endpointId, price_version: priceVersion } = row;
  return {
    outcome: outcomeSchema.parse(row.outcome),
    usage: usageVectorSchema.parse(row.usage),
    usageSource: usageSourceSchema.parse(row.usage_source),
    answeredBy: endpointId === null || priceVersion === null ? null : { endpointId, priceVersion },
    serviceTier: row.service_tier,
    openedAt: new Date(row.opened_at).getTime(),
    finalHoldNanoUsd: BigInt(row.amount_nano_usd),
  };
}
