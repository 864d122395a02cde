import type { billingApi } from '@apilink/contracts';
import type { Database, Sql } from '@apilink/postgres';
import type { z } from 'zod';

import type { AuditSelfTestService } from './audit-self-test.service.js';
import type { GateComparisonService } from './gate-comparison.service.js';
import type { TableAuditService } from './table-audit.service.js';

export type AuditLine = z.output<typeof billingApi.auditLineSchema>;

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
    const books = await this.#atOneMoment((sql) => this.tables.run(sql, progressTo(emit)));
    const gate = await this.gate.run((checked) =>
      emit({ type: 'progress', invariant: '6 gate and tables say the same', checked, total: checked }),
    );
    const differences = [...books, ...gate];
    emit({ type: 'report', ok: differences.length === 0, differences });
  }

  async #test(emit: (line: AuditLine) => void): Promise<void> {
    const result = await this.#atOneMoment((sql) => this.selfTest.run(sql, progressTo(emit)));
    emit({ type: 'report', ok: result.ok, differences: [...result.differences] });
  }

  #atOneMoment<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    return this.database.transaction(async (sql) => {
      await sql.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
      // Years of entries take longer than any statement of a request may.
      await sql.query('SET LOCAL statement_timeout = 0');
      return work(sql);
    });
  }
}

function progressTo(emit: (line: AuditLine) => void) {
  return (invariant: string, checked: number, total: number): void =>
    emit({ type: 'progress', invariant, checked, total });
}
