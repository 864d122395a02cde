import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Money that goes back: refunds with their states, what banks took back, and what of that was given up. */
export class Refunds1790000000008 implements MigrationInterface {
  readonly name = 'Refunds1790000000008';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(REFUNDS);
    await runner.query(CHARGEBACKS);
  }

  /** Forward only: a schema with money in it is mended by a further migration. */
  down(): Promise<void> {
    return Promise.reject(new Error('billing migrations go forward only'));
  }
}

const REFUNDS = `
CREATE TABLE refunds (
  refund_id uuid CONSTRAINT refunds_pk PRIMARY KEY,
  account_id uuid NOT NULL CONSTRAINT refunds_account_fk REFERENCES accounts,
  lot_id uuid NOT NULL CONSTRAINT refunds_lot_fk REFERENCES lots,
  request_key text NOT NULL,
  -- One request may give back several payments: each is a refund of its own.
  part integer NOT NULL,
  -- What the request asked for in all, and of which lot: the same key with another request is refused.
  request_hash text NOT NULL,
  state text NOT NULL DEFAULT 'requested'
    CONSTRAINT refunds_state_known CHECK (state IN ('requested', 'held', 'submitted', 'posted', 'voided')),
  currency text NOT NULL CONSTRAINT refunds_currency_known CHECK (currency IN ('USD', 'CNY')),
  minor_units bigint NOT NULL CONSTRAINT refunds_minor_units_positive CHECK (minor_units > 0),
  debit_nano_usd bigint NOT NULL CONSTRAINT refunds_debit_positive CHECK (debit_nano_usd > 0),
  gate_hold_id uuid NOT NULL CONSTRAINT refunds_gate_hold_once UNIQUE,
  channel_reference text,
  is_manual boolean NOT NULL DEFAULT false,
  reason text NOT NULL,
  void_reason text,
  actor text NOT NULL,
  requested_at timestamptz NOT NULL DEFAULT now(),
  held_at timestamptz,
  submitted_at timestamptz,
  ended_at timestamptz,
  transfer_id uuid CONSTRAINT refunds_transfer_fk REFERENCES ledger_transfers,
  CONSTRAINT refunds_once UNIQUE (account_id, request_key, part),
  CONSTRAINT refunds_ended CHECK ((state IN ('posted', 'voided')) = (ended_at IS NOT NULL)),
  CONSTRAINT refunds_posted_has_transfer CHECK ((state = 'posted') = (transfer_id IS NOT NULL)),
  CONSTRAINT refunds_voided_says_why CHECK ((state = 'voided') = (void_reason IS NOT NULL))
);
CREATE UNIQUE INDEX refunds_one_of_a_lot ON refunds (lot_id) WHERE state IN ('requested', 'held', 'submitted');
CREATE INDEX refunds_open ON refunds (requested_at, refund_id) WHERE state IN ('requested', 'held', 'submitted');
CREATE INDEX refunds_by_account ON refunds (account_id, refund_id DESC);
CREATE FUNCTION refunds_keep_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.state, NEW.state) NOT IN (('requested', 'held'), ('requested', 'voided'), ('held', 'submitted'),
    ('held', 'voided'), ('submitted', 'submitted'), ('submitted', 'posted'), ('submitted', 'voided')) THEN
    RAISE EXCEPTION 'a refund that is % becomes no %', OLD.state, NEW.state
      USING ERRCODE = 'check_violation', CONSTRAINT = 'refunds_keep_order', TABLE = 'refunds';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER refunds_keep_order BEFORE UPDATE ON refunds FOR EACH ROW EXECUTE FUNCTION refunds_keep_order();
REVOKE UPDATE, DELETE, TRUNCATE ON refunds FROM billing_app;
GRANT UPDATE (state, channel_reference, is_manual, void_reason, held_at, submitted_at, ended_at, transfer_id)
  ON refunds TO billing_app;
`;

const CHARGEBACKS = `
CREATE TABLE chargebacks (
  -- The id of the transfer that took it off the balance.
  chargeback_id uuid CONSTRAINT chargebacks_pk PRIMARY KEY
    CONSTRAINT chargebacks_transfer_fk REFERENCES ledger_transfers,
  account_id uuid NOT NULL CONSTRAINT chargebacks_account_fk REFERENCES accounts,
  lot_id uuid NOT NULL CONSTRAINT chargebacks_lot_fk REFERENCES lots,
  currency text NOT NULL CONSTRAINT chargebacks_currency_known CHECK (currency IN ('USD', 'CNY')),
  minor_units bigint NOT NULL CONSTRAINT chargebacks_minor_units_positive CHECK (minor_units > 0),
  debit_nano_usd bigint NOT NULL CONSTRAINT chargebacks_debit_positive CHECK (debit_nano_usd > 0),
  reason text NOT NULL,
  actor text NOT NULL,
  opened_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX chargebacks_by_account ON chargebacks (account_id, opened_at);
CREATE TRIGGER chargebacks_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON chargebacks
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE gap_write_offs (
  transfer_id uuid CONSTRAINT gap_write_offs_pk PRIMARY KEY
    CONSTRAINT gap_write_offs_transfer_fk REFERENCES ledger_transfers,
  account_id uuid NOT NULL CONSTRAINT gap_write_offs_account_fk REFERENCES accounts,
  amount_nano_usd bigint NOT NULL CONSTRAINT gap_write_offs_amount_positive CHECK (amount_nano_usd > 0),
  reason text NOT NULL,
  actor text NOT NULL,
  written_off_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX gap_write_offs_by_account ON gap_write_offs (account_id, written_off_at);
CREATE TRIGGER gap_write_offs_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON gap_write_offs
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON chargebacks, gap_write_offs FROM billing_app;
`;
