import type { Sql } from '@apilink/postgres';

import type { AuditDifference } from './audit.domain.js';
import { auditChecks, createSpecimen } from './audit-registry.factory.js';
import { compareGate } from './gate-comparison.service.js';
import { faithfulReading, gateTamperings } from './gate-tampering.factory.js';
import { ShadowedSql } from './shadowed-sql.repository.js';
import type { AuditProgress, TableAuditService } from './table-audit.service.js';

export interface SelfTestResult {
  /** Every kind is found, and nothing is found where nothing is wrong. */
  readonly ok: boolean;
  /** What was found of each kind; of a kind that was missed, that it was. */
  readonly differences: readonly AuditDifference[];
}

interface Corruption {
  readonly kind: string;
  readonly invariant: string;
  readonly found: () => Promise<readonly AuditDifference[]>;
}

/** Corrupts copies of the books, one kind after the other, and looks whether the audit's own checks find it. */
export class AuditSelfTestService {
  constructor(private readonly tables: TableAuditService) {}

  async run(sql: Sql, progress: AuditProgress): Promise<SelfTestResult> {
    const corruptions = [...this.#tableCorruptions(sql), ...gateCorruptions()];
    const falseAlarms = [
      ...(await this.tables.run([new ShadowedSql(sql, createSpecimen())], () => undefined)),
      ...compareGate(faithfulReading),
    ];
    const results: AuditDifference[] = [];
    let missed = 0;
    for (const { kind, invariant, found } of corruptions) {
      const difference = (await found()).find((one) => one.invariant === invariant);
      if (difference === undefined) missed += 1;
      results.push(difference ?? { invariant, row: `self-test/${kind}`, expected: 'found', found: 'missed' });
      progress(kind, results.length, corruptions.length);
    }
    return { ok: missed === 0 && falseAlarms.length === 0, differences: [...falseAlarms, ...results] };
  }

  #tableCorruptions(sql: Sql): readonly Corruption[] {
    return auditChecks.flatMap((check) =>
      check.tamperings.map(({ kind, apply }) => {
        const copies = new ShadowedSql(sql, apply(createSpecimen()));
        // Only the check that has to find it: others may find it too, and asking all of them of each would take minutes.
        return { kind, invariant: check.invariant, found: () => this.tables.run([copies], () => undefined, [check]) };
      }),
    );
  }
}

function gateCorruptions(): readonly Corruption[] {
  return gateTamperings.map(({ kind, invariant, reading }) => ({
    kind,
    invariant,
    found: () => Promise.resolve(compareGate(reading)),
  }));
}
