import type { Database } from '@apilink/postgres';

import type { ComponentStatus } from '../component/component.domain.js';
import type { ComponentChange } from '../component/component.service.js';

interface ChangeRow {
  readonly status: ComponentStatus;
  readonly changed_at: Date;
}

/**
 * Adds changes in their order and answers what then stands as the last one of each: of several status services that see
 * the same change one writes it, and the others take its time over.
 */
export function recordChanges(
  database: Database,
  changes: readonly ComponentChange[],
): Promise<readonly ComponentChange[]> {
  return database.transaction(async (sql) => {
    await sql.query("SELECT pg_advisory_xact_lock(hashtextextended('status.component_changes', 0))");
    const recorded: ComponentChange[] = [];
    for (const { componentId, status, since } of changes) {
      await sql.query(
        `INSERT INTO component_changes (component_id, changed_at, status)
         SELECT $1, $2, $3 WHERE NOT EXISTS (
           SELECT FROM (SELECT status, changed_at FROM component_changes
             WHERE component_id = $1 ORDER BY changed_at DESC LIMIT 1) last
           WHERE last.status = $3 OR last.changed_at >= $2
         )`,
        [componentId, new Date(since).toISOString(), status],
      );
      const [last] = await sql.query<ChangeRow>(
        'SELECT status, changed_at FROM component_changes WHERE component_id = $1 ORDER BY changed_at DESC LIMIT 1',
        [componentId],
      );
      if (last) recorded.push({ componentId, status: last.status, since: last.changed_at.getTime() });
    }
    return recorded;
  });
}
