import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where two figures that should be one were not: kept, so that an alert can be followed to its cause. */
export class Differences1790000000013 implements MigrationInterface {
  readonly name = 'Differences1790000000013';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(DIFFERENCES);
  }

  /** Forward only: a schema with money in it is mended by a further migration. */
  down(): Promise<void> {
    return Promise.reject(new Error('billing migrations go forward only'));
  }
}

const DIFFERENCES = `
CREATE TABLE differences (
  difference_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT differences_pk PRIMARY KEY,
  kind text NOT NULL CONSTRAINT differences_kind_known CHECK (kind IN ('edge_charge', 'posted_short', 'gate')),
  account_id uuid NOT NULL CONSTRAINT differences_account_fk REFERENCES accounts,
  -- The generation that it was found at; null where it is one of an account's state in the gate.
  generation_id uuid,
  expected text NOT NULL,
  found text NOT NULL,
  found_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX differences_by_account ON differences (account_id, difference_id);
CREATE TRIGGER differences_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON differences
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON differences FROM billing_app;
`;
