/**
 * The gate's tables mirror what Redis holds in the distributed setup. Hot tables (accounts, key_meters,
 * period_counters, holds) have no foreign keys and room on their pages: an admission updates a few columns without an
 * index (heap-only updates), and the functions of this schema are the only writers.
 */
export const gateTables = `
CREATE TABLE gate.epochs (
  singleton boolean NOT NULL DEFAULT true CONSTRAINT epochs_pk PRIMARY KEY CONSTRAINT epochs_one_row CHECK (singleton),
  epoch integer NOT NULL CONSTRAINT epochs_not_negative CHECK (epoch >= 0),
  began_at timestamptz NOT NULL
);
INSERT INTO gate.epochs (epoch, began_at) VALUES (1, now());

CREATE TABLE gate.accounts (
  account_id uuid NOT NULL CONSTRAINT accounts_pk PRIMARY KEY,
  status text NOT NULL CONSTRAINT accounts_status CHECK (status IN ('active', 'suspended')),
  time_zone text NOT NULL,
  concurrency integer CONSTRAINT accounts_concurrency CHECK (concurrency >= 0),
  version bigint NOT NULL,
  posted_nano_usd bigint NOT NULL,
  balance_version bigint NOT NULL,
  credited_nano_usd bigint NOT NULL,
  spent_nano_usd bigint NOT NULL,
  held_nano_usd bigint NOT NULL DEFAULT 0,
  running integer NOT NULL DEFAULT 0 CONSTRAINT accounts_running CHECK (running >= 0),
  CONSTRAINT accounts_ceiling CHECK (posted_nano_usd BETWEEN -9000000000000000 AND 9000000000000000),
  CONSTRAINT accounts_held CHECK (held_nano_usd BETWEEN 0 AND 9000000000000000)
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.05);

CREATE TABLE gate.workspaces (
  workspace_id uuid NOT NULL CONSTRAINT workspaces_pk PRIMARY KEY,
  account_id uuid NOT NULL CONSTRAINT workspaces_account REFERENCES gate.accounts,
  status text NOT NULL CONSTRAINT workspaces_status CHECK (status IN ('active', 'disabled')),
  monthly_budget_nano_usd bigint CONSTRAINT workspaces_budget CHECK (monthly_budget_nano_usd >= 0),
  version bigint NOT NULL
);
CREATE INDEX workspaces_by_account ON gate.workspaces (account_id);

CREATE TABLE gate.keys (
  key_id uuid NOT NULL CONSTRAINT keys_pk PRIMARY KEY,
  account_id uuid NOT NULL CONSTRAINT keys_account REFERENCES gate.accounts,
  workspace_id uuid NOT NULL,
  key_hash text NOT NULL CONSTRAINT keys_hash UNIQUE,
  status text NOT NULL CONSTRAINT keys_status CHECK (status IN ('active', 'disabled', 'revoked')),
  expires_at timestamptz,
  requests_per_minute bigint,
  tokens_per_minute bigint,
  concurrency integer CONSTRAINT keys_concurrency CHECK (concurrency >= 0),
  daily_cap_nano_usd bigint CONSTRAINT keys_daily_cap CHECK (daily_cap_nano_usd >= 0),
  weekly_cap_nano_usd bigint CONSTRAINT keys_weekly_cap CHECK (weekly_cap_nano_usd >= 0),
  monthly_cap_nano_usd bigint CONSTRAINT keys_monthly_cap CHECK (monthly_cap_nano_usd >= 0),
  models text[],
  version bigint NOT NULL,
  -- A bucket counts sixty-thousandths of a unit, so that a refill of whole milliseconds stays an integer.
  CONSTRAINT keys_requests_limit CHECK (requests_per_minute BETWEEN 0 AND 100000000000),
  CONSTRAINT keys_tokens_limit CHECK (tokens_per_minute BETWEEN 0 AND 100000000000)
);
CREATE INDEX keys_by_account ON gate.keys (account_id);

-- What a key uses right now: apart from keys, so that an admission rewrites a narrow row without indexed columns.
CREATE TABLE gate.key_meters (
  key_id uuid NOT NULL CONSTRAINT key_meters_pk PRIMARY KEY,
  held_nano_usd bigint NOT NULL DEFAULT 0 CONSTRAINT key_meters_held CHECK (held_nano_usd >= 0),
  running integer NOT NULL DEFAULT 0 CONSTRAINT key_meters_running CHECK (running >= 0),
  requests_limit bigint,
  requests_level bigint,
  tokens_limit bigint,
  tokens_level bigint,
  refilled_at timestamptz
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON COLUMN gate.key_meters.requests_limit IS 'the limit in force at the last use; null = never used';
COMMENT ON COLUMN gate.key_meters.requests_level IS 'sixty-thousandths of a request; null = full';
COMMENT ON COLUMN gate.key_meters.tokens_level IS 'sixty-thousandths of a token; null = full; below 0 = debt';

CREATE TABLE gate.period_counters (
  scope text NOT NULL CONSTRAINT period_counters_scope CHECK (scope IN ('key', 'workspace')),
  scope_id uuid NOT NULL,
  period text NOT NULL,
  account_id uuid NOT NULL,
  spent_nano_usd bigint NOT NULL DEFAULT 0,
  version bigint,
  held_nano_usd bigint NOT NULL DEFAULT 0 CONSTRAINT period_counters_held CHECK (held_nano_usd >= 0),
  updated_at timestamptz NOT NULL,
  CONSTRAINT period_counters_pk PRIMARY KEY (scope_id, period, scope)
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX period_counters_by_account ON gate.period_counters (account_id);
-- For the sweep alone: with the column's own collation it would also be taken for the lookup of one counter, by a plan
-- made while the table is young, and then read the counters of all keys.
CREATE INDEX period_counters_by_age ON gate.period_counters (period COLLATE "C");
COMMENT ON COLUMN gate.period_counters.version IS 'null until billing has told the spend, which is 0 before';

CREATE TABLE gate.holds (
  account_id uuid NOT NULL,
  hold_id uuid NOT NULL,
  key_id uuid NOT NULL,
  workspace_id uuid NOT NULL,
  amount_nano_usd bigint NOT NULL,
  granted_nano_usd bigint NOT NULL,
  day text NOT NULL,
  week text NOT NULL,
  month text NOT NULL,
  opened_at timestamptz NOT NULL,
  expires_at timestamptz,
  final boolean NOT NULL,
  marked_at timestamptz,
  tokens bigint NOT NULL CONSTRAINT holds_tokens CHECK (tokens >= 0),
  tokens_at timestamptz NOT NULL,
  epoch integer NOT NULL,
  CONSTRAINT holds_pk PRIMARY KEY (account_id, hold_id),
  CONSTRAINT holds_amount CHECK (amount_nano_usd BETWEEN 0 AND 9000000000000000),
  CONSTRAINT holds_without_expiry CHECK (expires_at IS NOT NULL OR final)
) WITH (fillfactor = 70, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX holds_by_expiry ON gate.holds (expires_at);
COMMENT ON COLUMN gate.holds.granted_nano_usd IS 'what the admission answered, for the same answer to the same id';
COMMENT ON COLUMN gate.holds.expires_at IS 'null: a hold of billing''s own';
COMMENT ON COLUMN gate.holds.marked_at IS 'the reaper has seen it expired: renew answers gone from here on';
COMMENT ON COLUMN gate.holds.tokens_at IS 'the last reservation of tokens: what was not used of it is given back for a minute';

CREATE TABLE gate.tombstones (
  account_id uuid NOT NULL,
  hold_id uuid NOT NULL,
  expires_at timestamptz NOT NULL,
  CONSTRAINT tombstones_pk PRIMARY KEY (account_id, hold_id)
) WITH (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX tombstones_by_expiry ON gate.tombstones (expires_at);
`;
