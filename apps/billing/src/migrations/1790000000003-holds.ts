import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Holds with all that their receipts tell, the prices that they pin, and what waits between expiry and settlement. */
export class Holds1790000000003 implements MigrationInterface {
  readonly name = 'Holds1790000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(HOLDS);
    await runner.query(HOLD_INDEXES);
    await runner.query(PRICES);
    await runner.query(WAITING);
  }

  /** Forward only: a schema with money in it is mended by a further migration. */
  down(): Promise<void> {
    return Promise.reject(new Error('billing migrations go forward only'));
  }
}

const HOLDS = `
CREATE TABLE holds (
  generation_id uuid CONSTRAINT holds_pk PRIMARY KEY,
  account_id uuid NOT NULL CONSTRAINT holds_account_fk REFERENCES accounts,
  workspace_id uuid NOT NULL,
  key_id uuid NOT NULL,
  -- Null on a hold that only the gate knew when it expired.
  model_id text,
  state text NOT NULL
    CONSTRAINT holds_state_known CHECK (state IN ('open', 'settled', 'voided', 'expired', 'late_settled')),
  -- While open as opened, afterwards the final hold.
  amount_nano_usd bigint NOT NULL CONSTRAINT holds_amount_not_negative CHECK (amount_nano_usd >= 0),
  -- The most that was held while it ran: what a receipt calls the hold.
  highest_nano_usd bigint NOT NULL CONSTRAINT holds_highest_is_highest CHECK (highest_nano_usd >= amount_nano_usd),
  candidates jsonb NOT NULL,
  period_day text NOT NULL,
  period_week text NOT NULL,
  period_month text NOT NULL,
  epoch integer NOT NULL,
  opened_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  settled_at timestamptz,
  outcome text,
  reason text,
  charge_nano_usd bigint NOT NULL DEFAULT 0,
  written_off_nano_usd bigint NOT NULL DEFAULT 0
    CONSTRAINT holds_written_off_not_negative CHECK (written_off_nano_usd >= 0),
  edge_charge_nano_usd bigint,
  usage jsonb,
  usage_source text,
  price_version text,
  endpoint_id text,
  service_tier text,
  attempts jsonb NOT NULL DEFAULT '[]',
  dialect text,
  stream boolean,
  status integer,
  finish_reason text,
  app jsonb,
  session text,
  end_user text,
  tags jsonb NOT NULL DEFAULT '[]',
  transfer_id uuid,
  CONSTRAINT holds_charge_within_hold CHECK (charge_nano_usd BETWEEN 0 AND amount_nano_usd),
  CONSTRAINT holds_open_has_no_end CHECK (
    (state = 'open') = (outcome IS NULL) AND (state = 'open') = (ended_at IS NULL)
    AND (state = 'open') = (settled_at IS NULL)),
  CONSTRAINT holds_charged_when_settled CHECK (charge_nano_usd = 0 OR state IN ('settled', 'late_settled')),
  CONSTRAINT holds_charge_has_transfer CHECK (charge_nano_usd + written_off_nano_usd = 0 OR transfer_id IS NOT NULL)
) WITH (fillfactor = 60);
`;

const HOLD_INDEXES = `
CREATE INDEX holds_by_account ON holds (account_id, generation_id DESC);
CREATE INDEX holds_open ON holds (opened_at, generation_id) WHERE state = 'open';
CREATE INDEX holds_open_by_account ON holds (account_id) WHERE state = 'open';
`;

const PRICES = `
CREATE TABLE prices (
  price_version text CONSTRAINT prices_pk PRIMARY KEY,
  model_id text NOT NULL,
  endpoint_id text NOT NULL,
  card jsonb NOT NULL,
  published_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER prices_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON prices
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON prices FROM billing_app;
CREATE TABLE gate_epochs (
  epoch integer CONSTRAINT gate_epochs_pk PRIMARY KEY,
  run_id text NOT NULL,
  began_at timestamptz NOT NULL DEFAULT now()
);
`;

const WAITING = `
-- A final that came after its hold had expired: a row first, then a hold of its own in the gate, then the posting.
CREATE TABLE late_settlements (
  generation_id uuid CONSTRAINT late_settlements_pk PRIMARY KEY
    CONSTRAINT late_settlements_hold_fk REFERENCES holds,
  account_id uuid NOT NULL,
  claim_nano_usd bigint NOT NULL CONSTRAINT late_settlements_claim_positive CHECK (claim_nano_usd > 0),
  granted_nano_usd bigint,
  state text NOT NULL DEFAULT 'pending' CONSTRAINT late_settlements_state_known CHECK (state IN ('pending', 'posted')),
  gate_hold_id uuid NOT NULL,
  final jsonb NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  posted_at timestamptz
);
CREATE INDEX late_settlements_pending ON late_settlements (recorded_at) WHERE state = 'pending';
`;
