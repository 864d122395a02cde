import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who pays, what their work is parted into, and the keys they call with. */
export class Accounts1790000000001 implements MigrationInterface {
  readonly name = 'Accounts1790000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(ACCOUNTS);
    await runner.query(API_KEYS);
    await runner.query(STAFF);
  }

  /** Forward only: a schema with money in it is mended by a further migration. */
  down(): Promise<void> {
    return Promise.reject(new Error('billing migrations go forward only'));
  }
}

const ACCOUNTS = `
CREATE TABLE accounts (
  account_id uuid CONSTRAINT accounts_pk PRIMARY KEY,
  name text NOT NULL CONSTRAINT accounts_name_length CHECK (length(name) BETWEEN 1 AND 200),
  status text NOT NULL DEFAULT 'active' CONSTRAINT accounts_status_known CHECK (status IN ('active', 'suspended')),
  time_zone text NOT NULL,
  concurrency integer CONSTRAINT accounts_concurrency_positive CHECK (concurrency > 0),
  default_workspace_id uuid NOT NULL,
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE workspaces (
  workspace_id uuid CONSTRAINT workspaces_pk PRIMARY KEY,
  account_id uuid NOT NULL CONSTRAINT workspaces_account_fk REFERENCES accounts,
  name text NOT NULL CONSTRAINT workspaces_name_length CHECK (length(name) BETWEEN 1 AND 200),
  status text NOT NULL DEFAULT 'active' CONSTRAINT workspaces_status_known CHECK (status IN ('active', 'disabled')),
  monthly_budget_nano_usd bigint CONSTRAINT workspaces_budget_not_negative CHECK (monthly_budget_nano_usd >= 0),
  -- Since when the budget stands: the audit compares a month with a budget that stood the whole month.
  budget_since timestamptz NOT NULL DEFAULT now(),
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT workspaces_of_account UNIQUE (account_id, workspace_id)
);
ALTER TABLE accounts ADD CONSTRAINT accounts_default_workspace_fk
  FOREIGN KEY (account_id, default_workspace_id) REFERENCES workspaces (account_id, workspace_id)
  DEFERRABLE INITIALLY DEFERRED;
`;

const API_KEYS = `
CREATE TABLE api_keys (
  key_id uuid CONSTRAINT api_keys_pk PRIMARY KEY,
  account_id uuid NOT NULL,
  workspace_id uuid NOT NULL,
  name text NOT NULL CONSTRAINT api_keys_name_length CHECK (length(name) BETWEEN 1 AND 200),
  -- SHA-256 of the whole key, lower-case hex. The key itself is shown once and stored nowhere.
  key_hash text NOT NULL CONSTRAINT api_keys_hash_unique UNIQUE
    CONSTRAINT api_keys_hash_form CHECK (key_hash ~ '^[0-9a-f]{64}$'),
  hint text NOT NULL,
  status text NOT NULL DEFAULT 'active'
    CONSTRAINT api_keys_status_known CHECK (status IN ('active', 'disabled', 'revoked')),
  expires_at timestamptz,
  requests_per_minute integer,
  tokens_per_minute bigint,
  concurrency integer,
  daily_cap_nano_usd bigint CONSTRAINT api_keys_daily_cap_positive CHECK (daily_cap_nano_usd > 0),
  weekly_cap_nano_usd bigint CONSTRAINT api_keys_weekly_cap_positive CHECK (weekly_cap_nano_usd > 0),
  monthly_cap_nano_usd bigint CONSTRAINT api_keys_monthly_cap_positive CHECK (monthly_cap_nano_usd > 0),
  -- Since when these caps stand: the audit compares a period with a cap that stood the whole period.
  caps_since timestamptz NOT NULL DEFAULT now(),
  models text[],
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT api_keys_workspace_fk FOREIGN KEY (account_id, workspace_id)
    REFERENCES workspaces (account_id, workspace_id)
);
CREATE INDEX api_keys_by_account ON api_keys (account_id, key_id);
`;

const STAFF = `
CREATE TABLE audit_log (
  audit_log_id uuid CONSTRAINT audit_log_pk PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  actor text NOT NULL,
  action text NOT NULL,
  subject text NOT NULL,
  detail jsonb NOT NULL
);
CREATE INDEX audit_log_by_subject ON audit_log (subject, at);
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON audit_log FROM billing_app;
CREATE TABLE signing_keys (
  kid text CONSTRAINT signing_keys_pk PRIMARY KEY,
  private_jwk jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE dead_letter_replays (
  dead_letter_id text CONSTRAINT dead_letter_replays_pk PRIMARY KEY,
  replayed_at timestamptz NOT NULL DEFAULT now(),
  actor text NOT NULL
);
`;
