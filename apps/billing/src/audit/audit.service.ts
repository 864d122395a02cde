import type { billingApi } from '@apilink/contracts';
import type { Database, Sql } from '@apilink/postgres';
import type { z } from 'zod';

import type { AuditSelfTestService } from './audit-self-test.service.js';
import type { GateComparisonService } from './gate-comparison.service.js';
import type { TableAuditService } from './table-audit.service.js';

export type AuditLine = z.output<typeof billingApi.auditLineSchema>;

/** One computes charges in Node while the others sum in Postgres; the pool of the smallest billing has four connections. */
const SESSIONS = 3;
/** For each sort and hash of a check; beyond it Postgres goes to disk. */
const WORK_MEMORY = '64MB';

/** Recomputes the invariants on a running system; one audit at a time, because each reads all tables. */
export class AuditService {
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly tables: TableAuditService,
    private readonly gate: GateComparisonService,
    private readonly selfTest: AuditSelfTestService,
  ) {}

  /** Tells its progress, then the report, as lines. */
  run(kind: 'audit' | 'self-test', emit: (line: AuditLine) => void): Promise<void> {
    const run = this.#last.then(() => (kind === 'audit' ? this.#audit(emit) : this.#test(emit)));
    this.#last = run.catch(() => undefined);
    return run;
  }

  async #audit(emit: (line: AuditLine) => void): Promise<void> {
    const books = await this.#atOneMoment((sessions) => this.tables.run(sessions, progressTo(emit)));
    const gate = await this.gate.run((checked) =>
      emit({ type: 'progress', invariant: '6 gate and tables say the same', checked, total: checked }),
    );
    const differences = [...books, ...gate];
    emit({ type: 'report', ok: differences.length === 0, differences });
  }

  async #test(emit: (line: AuditLine) => void): Promise<void> {
    const result = await this.database.transaction(async (sql) => {
      await readOnly(sql);
      return this.selfTest.run(sql, progressTo(emit));
    });
    emit({ type: 'report', ok: result.ok, differences: [...result.differences] });
  }

  /** Several sessions that see the tables as they stood at one moment, whatever is committed meanwhile. */
  #atOneMoment<Result>(work: (sessions: readonly Sql[]) => Promise<Result>): Promise<Result> {
    return this.database.transaction(async (first) => {
      await readOnly(first);
      const [row] = await first.query<{ snapshot: string }>('SELECT pg_export_snapshot() AS snapshot');
      if (row === undefined) throw new Error('the database exported no snapshot');
      const join = (sessions: readonly Sql[]): Promise<Result> =>
        sessions.length === SESSIONS
          ? work(sessions)
          : this.database.transaction(async (sql) => {
              await readOnly(sql, row.snapshot);
              return join([...sessions, sql]);
            });
      return join([first]);
    });
  }
}

/** In this order: a snapshot is taken by the first statement that reads. */
async function readOnly(sql: Sql, snapshot?: string): Promise<void> {
  await sql.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
  if (snapshot !== undefined) await sql.query(`SET TRANSACTION SNAPSHOT '${snapshot}'`);
  // Years of entries take longer than any statement of a request may, and one session may wait for another's check.
  await sql.query('SET LOCAL statement_timeout = 0');
  await sql.query('SET LOCAL idle_in_transaction_session_timeout = 0');
  await sql.query(`SET LOCAL work_mem = '${WORK_MEMORY}'`);
}

function progressTo(emit: (line: AuditLine) => void) {
  return (invariant: string, checked: number, total: number): void =>
    emit({ type: 'progress', invariant, checked, total });
}
