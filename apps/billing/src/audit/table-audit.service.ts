import type { Sql } from '@apilink/postgres';

import { DIFFERENCES_MAX, type AuditCheck, type AuditDifference } from './audit.domain.js';
import { CHARGE_INVARIANT, ChargeAuditService } from './charge-audit.service.js';
import { holdChecks } from './hold-check.domain.js';
import { ledgerChecks } from './ledger-check.domain.js';
import { spendChecks } from './spend-check.domain.js';

export type AuditProgress = (invariant: string, checked: number, total: number) => void;

/** Every check of the tables. */
export const tableChecks: readonly AuditCheck[] = [...ledgerChecks, ...holdChecks, ...spendChecks];

/** Recomputes the invariants from the tables, at the one moment that its transaction sees. */
export class TableAuditService {
  async run(sql: Sql, progress: AuditProgress): Promise<readonly AuditDifference[]> {
    const differences: AuditDifference[] = [];
    for (const [index, { invariant, text }] of tableChecks.entries()) {
      const rows = await sql.query<Omit<AuditDifference, 'invariant'>>(`${text} LIMIT ${DIFFERENCES_MAX}`);
      differences.push(...rows.map((row) => ({ invariant, ...row })));
      progress(invariant, index + 1, tableChecks.length);
    }
    const charges = await new ChargeAuditService().run(sql, (checked, total) =>
      progress(CHARGE_INVARIANT, checked, total),
    );
    return [...differences, ...charges];
  }
}
