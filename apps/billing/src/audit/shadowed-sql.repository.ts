import { quoteIdentifier, type Sql } from '@apilink/postgres';

import type { Specimen } from './audit.domain.js';

/**
 * Puts copies in front of the tables: a statement that reads `holds` reads the rows given here. The copies are common
 * table expressions, so nothing is written and no trigger, grant or other session is in the way.
 */
export class ShadowedSql implements Sql {
  constructor(
    private readonly sql: Sql,
    private readonly copies: Specimen,
  ) {}

  query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const copies = `$${values.length + 1}::jsonb`;
    const shadows = Object.keys(this.copies).map((name) => {
      const table = quoteIdentifier(name);
      return `${table} AS (SELECT * FROM jsonb_populate_recordset(NULL::${table}, ${copies}->'${name}'))`;
    });
    return this.sql.query<Row>(`WITH ${shadows.join(', ')} ${text}`, [...values, JSON.stringify(this.copies)]);
  }
}
