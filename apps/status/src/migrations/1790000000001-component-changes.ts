import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = `
CREATE TABLE status.component_changes (
  component_id text NOT NULL,
  changed_at timestamptz NOT NULL,
  status text NOT NULL
    CONSTRAINT component_changes_status_known CHECK (status IN ('operational', 'degraded', 'outage', 'unknown')),
  CONSTRAINT component_changes_pkey PRIMARY KEY (component_id, changed_at)
);
CREATE FUNCTION status.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER component_changes_append_only BEFORE UPDATE OR DELETE ON status.component_changes
  FOR EACH STATEMENT EXECUTE FUNCTION status.refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON status.component_changes FROM status_app;
`;

/** Since when each component was in which status: history is not rewritten. */
export class CreateComponentChanges implements MigrationInterface {
  readonly name = 'CreateComponentChanges1790000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE status.component_changes; DROP FUNCTION status.refuse_change');
  }
}
