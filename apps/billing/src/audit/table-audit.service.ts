import type { Sql } from '@apilink/postgres';

import { DIFFERENCES_MAX, type AuditCheck, type AuditDifference } from './audit.domain.js';
import { auditChecks } from './audit-registry.factory.js';

/** Rows of the check that runs, or how many of all checks are done, whichever tells more. */
export type AuditProgress = (invariant: string, checked: number, total: number) => void;

/** Recomputes the invariants from the tables. */
export class TableAuditService {
  /** The sessions see the tables at one and the same moment; each takes the next check when it is done with one. */
  async run(sessions: readonly Sql[], progress: AuditProgress): Promise<readonly AuditDifference[]> {
    const found = new Map<AuditCheck, readonly AuditDifference[]>();
    const waiting = auditChecks.toSorted((left, right) => Number('run' in right) - Number('run' in left));
    const takeTurns = async (sql: Sql): Promise<void> => {
      for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
        try {
          found.set(check, await differencesOf(sql, check, progress));
        } catch (error) {
          // An audit without one of its checks is none: nobody begins another one.
          waiting.length = 0;
          throw error;
        }
        progress(check.invariant, found.size, auditChecks.length);
      }
    };
    const ends = await Promise.allSettled(sessions.map(takeTurns));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    return auditChecks.flatMap((check) => found.get(check) ?? []);
  }
}

async function differencesOf(
  sql: Sql,
  check: AuditCheck,
  progress: AuditProgress,
): Promise<readonly AuditDifference[]> {
  const { invariant } = check;
  if ('run' in check) return check.run(sql, (checked, total) => progress(invariant, checked, total));
  const rows = await sql.query<Omit<AuditDifference, 'invariant'>>(`${check.text} LIMIT ${DIFFERENCES_MAX}`);
  return rows.map((row) => ({ invariant, ...row }));
}
