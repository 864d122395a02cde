import type { Sql } from '@apilink/postgres';

import { DIFFERENCES_MAX, type AuditCheck, type AuditDifference, type RowCheck } from './audit.domain.js';
import { auditChecks } from './audit-registry.factory.js';

/** Rows of the check that runs, or how many of all checks are done. */
export type AuditProgress = (invariant: string, checked: number, total: number) => void;

/** What one session does in one go: a check, or all that ask about single rows of a table. */
interface AuditTask {
  readonly checks: readonly AuditCheck[];
  readonly run: (sql: Sql, progress: AuditProgress) => Promise<readonly AuditDifference[]>;
}

/** Recomputes the invariants from the tables. */
export class TableAuditService {
  /** The sessions see the tables at one and the same moment; each takes the next task when it is done with one. */
  async run(
    sessions: readonly Sql[],
    progress: AuditProgress,
    checks: readonly AuditCheck[] = auditChecks,
  ): Promise<readonly AuditDifference[]> {
    const found: AuditDifference[] = [];
    const waiting = tasksOf(checks);
    let done = 0;
    const takeTurns = async (sql: Sql): Promise<void> => {
      for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
        try {
          found.push(...(await task.run(sql, progress)));
        } catch (error) {
          // An audit without one of its checks is none: nobody begins another one.
          waiting.length = 0;
          throw error;
        }
        for (const { invariant } of task.checks) progress(invariant, ++done, checks.length);
      }
    };
    const ends = await Promise.allSettled(sessions.map(takeTurns));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    const place = new Map(checks.map(({ invariant }, index) => [invariant, index]));
    return found.toSorted((left, right) => (place.get(left.invariant) ?? 0) - (place.get(right.invariant) ?? 0));
  }
}

/** Those that compute in this process come first: the others keep Postgres busy meanwhile. */
function tasksOf(checks: readonly AuditCheck[]): AuditTask[] {
  const computed: AuditTask[] = [];
  const statements: AuditTask[] = [];
  const ofTables = new Map<string, RowCheck[]>();
  for (const check of checks) {
    const { invariant } = check;
    if ('run' in check) {
      const run: AuditTask['run'] = (sql, progress) =>
        check.run(sql, (checked, total) => progress(invariant, checked, total));
      computed.push({ checks: [check], run });
    } else if ('table' in check) {
      ofTables.set(check.table, [...(ofTables.get(check.table) ?? []), check]);
    } else {
      statements.push({ checks: [check], run: (sql) => statementDifferences(sql, invariant, check.text) });
    }
  }
  const passes = [...ofTables.values()].map((group) => ({
    checks: group,
    run: (sql: Sql) => rowDifferences(sql, group),
  }));
  return [...computed, ...passes, ...statements];
}

async function statementDifferences(sql: Sql, invariant: string, text: string): Promise<readonly AuditDifference[]> {
  const rows = await sql.query<Omit<AuditDifference, 'invariant'>>(`${text} LIMIT ${DIFFERENCES_MAX}`);
  return rows.map((row) => ({ invariant, ...row }));
}

/** A sound row is looked at once; only one that breaks something is asked what. */
async function rowDifferences(sql: Sql, checks: readonly RowCheck[]): Promise<readonly AuditDifference[]> {
  const asked = checks.map(
    ({ row, expected, found, wrong }, number) =>
      `SELECT ${number} AS number, ${row} AS row, ${expected} AS expected, ${found} AS found WHERE ${wrong}`,
  );
  const rows = await sql.query<Omit<AuditDifference, 'invariant'> & { number: number }>(
    `SELECT w.number, w.row, w.expected, w.found FROM ${checks[0]?.table} CROSS JOIN LATERAL (${asked.join(' UNION ALL ')}) AS w
     WHERE ${checks.map(({ wrong }) => `(${wrong})`).join(' OR ')} LIMIT ${DIFFERENCES_MAX * checks.length}`,
  );
  return rows.map(({ number, ...row }) => ({ invariant: checks[number]?.invariant ?? '', ...row }));
}
