import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a gate that may be away is told later, and what the ledger's events are told again from. */
export class GateOutbox1790000000005 implements MigrationInterface {
  readonly name = 'GateOutbox1790000000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(GATE_OUTBOX);
    await runner.query(EPOCHS);
    await runner.query(HISTORY);
    await runner.query(PRIVILEGES);
  }

  /** Forward only: a schema with money in it is mended by a further migration. */
  down(): Promise<void> {
    return Promise.reject(new Error('billing migrations go forward only'));
  }
}

const GATE_OUTBOX = `
CREATE TABLE gate_outbox (
  gate_outbox_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT gate_outbox_pk PRIMARY KEY,
  account_id uuid NOT NULL,
  -- One change of one account as JSON; text, because nothing but the gate writer ever looks into it.
  change text NOT NULL,
  written_at timestamptz NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX gate_outbox_by_account ON gate_outbox (account_id, gate_outbox_id);
`;

const EPOCHS = `
ALTER TABLE gate_epochs ADD COLUMN cause text NOT NULL DEFAULT 'first'
  CONSTRAINT gate_epochs_cause_known CHECK (cause IN ('first', 'lost', 'other_run', 'behind'));
-- When every account that the gate had kept was compared with these tables; null where nothing was kept, or not yet.
ALTER TABLE gate_epochs ADD COLUMN compared_at timestamptz;
CREATE INDEX late_settlements_by_gate_hold ON late_settlements (gate_hold_id);
`;

/** A posting that took nothing from the customer has no entry that would tell the version it was told with. */
const HISTORY = `
ALTER TABLE holds ADD COLUMN ledger_version bigint;
CREATE TABLE account_changes (
  account_id uuid NOT NULL CONSTRAINT account_changes_account_fk REFERENCES accounts,
  version bigint NOT NULL,
  name text NOT NULL,
  status text NOT NULL,
  time_zone text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT account_changes_pk PRIMARY KEY (account_id, version)
);
INSERT INTO account_changes (account_id, version, name, status, time_zone)
SELECT account_id, version, name, status, time_zone FROM accounts;
CREATE TRIGGER account_changes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON account_changes
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
`;

/** Nothing of billing deletes from these: what nobody needs nobody has. */
const PRIVILEGES = `
REVOKE UPDATE, DELETE, TRUNCATE ON account_changes, gate_epochs FROM billing_app;
GRANT UPDATE (compared_at) ON gate_epochs TO billing_app;
REVOKE DELETE, TRUNCATE ON accounts, workspaces, api_keys, gate_balances, holds, period_spends, late_settlements
  FROM billing_app;
`;
