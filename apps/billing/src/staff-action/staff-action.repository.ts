import type { Sql } from '@apilink/postgres';
import { v7 as uuidv7 } from 'uuid';

/** One write by a person. `subject` is the wire id of what was written; `detail` never holds a secret. */
export interface StaffAction {
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Who did what: written in the transaction of the write itself, never changed afterwards. */
export class StaffActionRepository {
  /** The first of its kind on a subject; null when there is none. */
  async findDetail(sql: Sql, action: string, subject: string): Promise<Readonly<Record<string, unknown>> | null> {
    const [row] = await sql.query<Pick<StaffAction, 'detail'>>(
      'SELECT detail FROM audit_log WHERE subject = $1 AND action = $2 ORDER BY at LIMIT 1',
      [subject, action],
    );
    return row?.detail ?? null;
  }

  async record(sql: Sql, action: StaffAction): Promise<void> {
    await sql.query(
      'INSERT INTO audit_log (audit_log_id, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5)',
      [
        uuidv7(),
        action.actor,
        action.action,
        action.subject,
        JSON.stringify(action.detail, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)),
      ],
    );
  }
}
