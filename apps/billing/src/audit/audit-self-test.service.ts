import type { Sql } from '@apilink/postgres';

import type { AuditDifference } from './audit.domain.js';
import type { TableAuditService } from './table-audit.service.js';
import { compareGate } from './gate-comparison.service.js';
import { faithfulReading, gateTamperings } from './gate-tampering.factory.js';
import { ShadowedSql } from './shadowed-sql.repository.js';
import { createSpecimen } from './specimen.factory.js';
import { tamperings } from './tampering.domain.js';

export interface SelfTestResult {
  /** Every kind is found, and nothing is found where nothing is wrong. */
  readonly ok: boolean;
  /** What was found of each kind; of a kind that was missed, that it was. */
  readonly differences: readonly AuditDifference[];
}

/** Corrupts copies of the books, one kind after the other, and looks whether the audit's own statements find it. */
export class AuditSelfTestService {
  constructor(private readonly tables: TableAuditService) {}

  async run(sql: Sql, progress: (kind: string, checked: number, total: number) => void): Promise<SelfTestResult> {
    const total = tamperings.length + gateTamperings.length;
    const specimen = createSpecimen();
    const falseAlarms = [
      ...(await this.tables.run(new ShadowedSql(sql, specimen), () => undefined)),
      ...compareGate(faithfulReading),
    ];
    const results: AuditDifference[] = [];
    let missed = 0;
    for (const { kind, invariant, found } of this.#cases(sql)) {
      const difference = (await found()).find((one) => one.invariant === invariant);
      if (difference === undefined) missed += 1;
      results.push(difference ?? { invariant, row: `self-test/${kind}`, expected: 'found', found: 'missed' });
      progress(kind, results.length, total);
    }
    return { ok: missed === 0 && falseAlarms.length === 0, differences: [...falseAlarms, ...results] };
  }

  *#cases(sql: Sql): Generator<{ kind: string; invariant: string; found: () => Promise<readonly AuditDifference[]> }> {
    for (const { kind, invariant, apply } of tamperings) {
      const copies = new ShadowedSql(sql, apply(createSpecimen()));
      yield { kind, invariant, found: () => this.tables.run(copies, () => undefined) };
    }
    for (const { kind, invariant, reading } of gateTamperings) {
      yield { kind, invariant, found: () => Promise.resolve(compareGate(reading)) };
    }
  }
}
