import type { ClusterService } from '@apilink/local-stack';
import { expect } from '@jest/globals';

import { auditDifferences, type CreditsView, type Customer, type Deployment } from './customer.js';
import type { LoadAnswer } from './steady-load.js';

/** After whatever has died, everything is settled within this time, on a busy machine too. */
export const SETTLED_MS_MAX = 90_000;

/**
 * Every answer that began was whole, it alone was charged, once and exactly, nothing is held any more, and the audit finds
 * nothing.
 */
export async function expectExactBooks(
  deployment: Deployment,
  customer: Customer,
  { answers, chargeNanoUsd }: { readonly answers: readonly LoadAnswer[]; readonly chargeNanoUsd: bigint },
): Promise<CreditsView> {
  const served = answers.filter(({ status }) => status === 200);
  for (const { text } of served) if (text.startsWith('data:')) expect(text).toContain('[DONE]');
  const credits = await customer.settled(SETTLED_MS_MAX);
  expect(credits.spent).toBe(chargeNanoUsd * BigInt(served.length));
  expect(credits.available).toBe(credits.credited - credits.spent);
  const usage = await customer.usage();
  expect(new Set(usage.map(({ outcome }) => outcome))).toEqual(new Set(['completed']));
  expect(new Set(usage.map(({ id }) => id))).toEqual(new Set(served.map(({ generationId }) => generationId)));
  expect(usage).toHaveLength(served.length);
  expect(await auditDifferences(deployment)).toEqual([]);
  return credits;
}

/** The gauge that operators watch. */
export async function spoolBytes({ adminUrl }: ClusterService): Promise<number> {
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
  return Number(/^apilink_spool_bytes(?:\{[^}]*\})? (\d+)/m.exec(metrics)?.[1] ?? 0);
}
