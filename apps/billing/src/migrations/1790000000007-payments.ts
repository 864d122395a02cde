import type { MigrationInterface, QueryRunner } from 'typeorm';

import { newRemittanceCode } from '../bank-transfer/remittance-code.domain.js';

/** How money comes in: orders and payments of channels, what arrived for nobody yet, and free credit. */
export class Payments1790000000007 implements MigrationInterface {
  readonly name = 'Payments1790000000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SECRETS);
    await runner.query(ORDERS);
    await runner.query(SUSPENSE);
    await runner.query(EVENTS);
    await runner.query(PAYMENTS);
    await runner.query(SANDBOX);
    await runner.query(FREE_CREDIT);
    await runner.query(REMITTANCE_CODES);
    await this.#giveCodes(runner);
  }

  /** Forward only: a schema with money in it is mended by a further migration. */
  down(): Promise<void> {
    return Promise.reject(new Error('billing migrations go forward only'));
  }

  /** Accounts of before get a remittance code too; two that drew the same one are told apart by drawing again. */
  async #giveCodes(runner: QueryRunner): Promise<void> {
    for (;;) {
      const without: readonly { account_id: string }[] = await runner.query(
        `SELECT account_id FROM accounts a
         WHERE NOT EXISTS (SELECT FROM remittance_codes r WHERE r.account_id = a.account_id) LIMIT 1000`,
      );
      if (without.length === 0) return;
      await runner.query(
        `INSERT INTO remittance_codes (account_id, code)
         SELECT * FROM unnest($1::uuid[], $2::text[]) ON CONFLICT DO NOTHING`,
        [without.map(({ account_id }) => account_id), without.map(() => newRemittanceCode())],
      );
    }
  }
}

/** Keys of our own making, one per purpose: what is hashed or signed with them has to be known again for ever. */
const SECRETS = `
CREATE TABLE keyed_secrets (
  purpose text CONSTRAINT keyed_secrets_pk PRIMARY KEY,
  secret text NOT NULL CONSTRAINT keyed_secrets_length CHECK (length(secret) >= 32),
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER keyed_secrets_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON keyed_secrets
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON keyed_secrets FROM billing_app;
`;

const ORDERS = `
CREATE TABLE payment_orders (
  order_id uuid CONSTRAINT payment_orders_pk PRIMARY KEY,
  account_id uuid NOT NULL CONSTRAINT payment_orders_account_fk REFERENCES accounts,
  channel text NOT NULL,
  currency text NOT NULL CONSTRAINT payment_orders_currency_known CHECK (currency IN ('USD', 'CNY')),
  -- Cents or fen, as the currency says.
  minor_units bigint NOT NULL CONSTRAINT payment_orders_amount_positive CHECK (minor_units > 0),
  -- What was promised for it when it was made.
  credit_nano_usd bigint NOT NULL CONSTRAINT payment_orders_credit_positive CHECK (credit_nano_usd > 0),
  fx_quote_id uuid CONSTRAINT payment_orders_quote_fk REFERENCES fx_quotes,
  -- CNY per USD, as the quote has it.
  fx_rate numeric(18,8),
  language text NOT NULL,
  state text NOT NULL
    CONSTRAINT payment_orders_state_known CHECK (state IN ('created', 'pending', 'paid', 'expired', 'failed')),
  reason text,
  -- The channel's own number of the checkout, and where it is.
  reference text,
  checkout_url text,
  request_key text NOT NULL,
  actor text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  -- When its channel is asked about it; null = not any more.
  ask_at timestamptz,
  asked integer NOT NULL DEFAULT 0,
  CONSTRAINT payment_orders_request_once UNIQUE (account_id, request_key),
  CONSTRAINT payment_orders_reference_once UNIQUE (channel, reference),
  CONSTRAINT payment_orders_quote_where_converted
    CHECK ((currency = 'CNY') = (fx_quote_id IS NOT NULL) AND (currency = 'CNY') = (fx_rate IS NOT NULL)),
  CONSTRAINT payment_orders_pending_has_checkout
    CHECK (state <> 'pending' OR (reference IS NOT NULL AND checkout_url IS NOT NULL)),
  CONSTRAINT payment_orders_ended CHECK ((state IN ('created', 'pending')) = (ended_at IS NULL))
);
CREATE INDEX payment_orders_by_account ON payment_orders (account_id, order_id DESC);
CREATE INDEX payment_orders_to_ask ON payment_orders (ask_at) WHERE ask_at IS NOT NULL;
REVOKE DELETE, TRUNCATE ON payment_orders FROM billing_app;
`;

const SUSPENSE = `
-- Money that arrived and is nobody's yet. It leaves by two people: one says where to, another one approves.
CREATE TABLE suspense_entries (
  suspense_id uuid CONSTRAINT suspense_entries_pk PRIMARY KEY,
  channel text NOT NULL,
  -- The bank's number of the transfer, or the channel's of the payment: the same money is recorded once.
  reference text NOT NULL,
  currency text NOT NULL CONSTRAINT suspense_entries_currency_known CHECK (currency IN ('USD', 'CNY')),
  minor_units bigint NOT NULL CONSTRAINT suspense_entries_amount_positive CHECK (minor_units > 0),
  reason text NOT NULL CONSTRAINT suspense_entries_reason_known CHECK (reason IN ('no_checkout', 'order_unknown',
    'second_payment', 'currency_differs', 'amount_differs', 'above_ceiling')),
  payer text,
  remark text,
  booked_on date,
  order_id uuid CONSTRAINT suspense_entries_order_fk REFERENCES payment_orders,
  proposed_account_id uuid CONSTRAINT suspense_entries_proposed_fk REFERENCES accounts,
  state text NOT NULL DEFAULT 'unmatched' CONSTRAINT suspense_entries_state_known
    CHECK (state IN ('unmatched', 'matched', 'return_asked', 'credited', 'returned')),
  account_id uuid CONSTRAINT suspense_entries_account_fk REFERENCES accounts,
  asked_by text,
  asked_at timestamptz,
  approved_by text,
  approved_at timestamptz,
  return_reference text,
  return_reason text,
  received_transfer_id uuid NOT NULL CONSTRAINT suspense_entries_received_fk REFERENCES ledger_transfers,
  left_transfer_id uuid CONSTRAINT suspense_entries_left_fk REFERENCES ledger_transfers,
  lot_id uuid,
  recorded_by text NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT suspense_entries_reference_once UNIQUE (channel, reference),
  CONSTRAINT suspense_entries_two_people CHECK (approved_by IS NULL OR approved_by <> asked_by),
  CONSTRAINT suspense_entries_asked CHECK ((state = 'unmatched') = (asked_by IS NULL)),
  CONSTRAINT suspense_entries_matched CHECK ((state IN ('matched', 'credited')) = (account_id IS NOT NULL)),
  CONSTRAINT suspense_entries_left CHECK (
    (state IN ('credited', 'returned')) = (approved_by IS NOT NULL)
    AND (state IN ('credited', 'returned')) = (left_transfer_id IS NOT NULL)
    AND (state = 'credited') = (lot_id IS NOT NULL)),
  CONSTRAINT suspense_entries_returned_with_reference
    CHECK ((state IN ('return_asked', 'returned')) = (return_reference IS NOT NULL))
);
CREATE INDEX suspense_entries_open ON suspense_entries (suspense_id) WHERE state NOT IN ('credited', 'returned');
REVOKE UPDATE, DELETE, TRUNCATE ON suspense_entries FROM billing_app;
GRANT UPDATE (proposed_account_id, state, account_id, asked_by, asked_at, approved_by, approved_at, return_reference,
  return_reason, left_transfer_id, lot_id) ON suspense_entries TO billing_app;
`;

const EVENTS = `
-- What channels told us, as it came: each event once, whatever is sent again.
CREATE TABLE payment_events (
  channel text NOT NULL,
  event_id text NOT NULL,
  kind text NOT NULL,
  order_id uuid,
  reference text,
  body text NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT payment_events_pk PRIMARY KEY (channel, event_id)
);
CREATE TRIGGER payment_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON payment_events FROM billing_app;
`;

const PAYMENTS = `
-- Money that a channel took: each payment once, whichever event or answer tells of it, and where it went.
CREATE TABLE payments (
  channel text NOT NULL,
  payment_reference text NOT NULL,
  order_id uuid CONSTRAINT payments_order_fk REFERENCES payment_orders,
  currency text NOT NULL CONSTRAINT payments_currency_known CHECK (currency IN ('USD', 'CNY')),
  minor_units bigint NOT NULL CONSTRAINT payments_amount_positive CHECK (minor_units > 0),
  payer text,
  disposition text NOT NULL CONSTRAINT payments_disposition_known CHECK (disposition IN ('credited', 'suspense')),
  lot_id uuid,
  suspense_id uuid CONSTRAINT payments_suspense_fk REFERENCES suspense_entries,
  paid_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT payments_pk PRIMARY KEY (channel, payment_reference),
  CONSTRAINT payments_went_somewhere CHECK (
    (disposition = 'credited') = (lot_id IS NOT NULL) AND (disposition = 'suspense') = (suspense_id IS NOT NULL)
    AND (disposition = 'suspense' OR order_id IS NOT NULL))
);
-- An order is credited once, whatever else comes for it.
CREATE UNIQUE INDEX payments_credited_once ON payments (order_id) WHERE disposition = 'credited';
CREATE INDEX payments_by_order ON payments (order_id);
CREATE TRIGGER payments_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payments
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON payments FROM billing_app;
`;

const SANDBOX = `
-- What the sandbox channel remembers, as a provider would on its own side.
CREATE TABLE sandbox_checkouts (
  reference text CONSTRAINT sandbox_checkouts_pk PRIMARY KEY,
  order_id uuid NOT NULL CONSTRAINT sandbox_checkouts_order_once UNIQUE,
  account_id uuid NOT NULL,
  account_name text NOT NULL,
  currency text NOT NULL,
  minor_units bigint NOT NULL,
  credit_nano_usd bigint NOT NULL,
  language text NOT NULL,
  expires_at timestamptz NOT NULL,
  closed boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE sandbox_payments (
  payment_reference text CONSTRAINT sandbox_payments_pk PRIMARY KEY,
  reference text NOT NULL CONSTRAINT sandbox_payments_checkout_fk REFERENCES sandbox_checkouts,
  currency text NOT NULL,
  minor_units bigint NOT NULL CONSTRAINT sandbox_payments_amount_positive CHECK (minor_units > 0),
  paid_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sandbox_payments_by_checkout ON sandbox_payments (reference);
CREATE TABLE sandbox_refunds (
  refund_id text CONSTRAINT sandbox_refunds_pk PRIMARY KEY,
  payment_reference text NOT NULL CONSTRAINT sandbox_refunds_payment_fk REFERENCES sandbox_payments,
  minor_units bigint NOT NULL CONSTRAINT sandbox_refunds_amount_positive CHECK (minor_units > 0),
  refunded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sandbox_refunds_by_payment ON sandbox_refunds (payment_reference);
`;

const FREE_CREDIT = `
-- Who had it: a keyed hash of a verified address or number, never the thing itself.
CREATE TABLE free_credits (
  identity_hash text CONSTRAINT free_credits_pk PRIMARY KEY,
  account_id uuid NOT NULL CONSTRAINT free_credits_account_once UNIQUE
    CONSTRAINT free_credits_account_fk REFERENCES accounts,
  kind text NOT NULL,
  amount_nano_usd bigint NOT NULL CONSTRAINT free_credits_amount_positive CHECK (amount_nano_usd > 0),
  -- The day of the budget it came out of, UTC.
  day date NOT NULL,
  actor text NOT NULL,
  granted_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX free_credits_by_day ON free_credits (day);
CREATE TRIGGER free_credits_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON free_credits
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON free_credits FROM billing_app;
CREATE TABLE free_credit_days (
  day date CONSTRAINT free_credit_days_pk PRIMARY KEY,
  granted_nano_usd bigint NOT NULL CONSTRAINT free_credit_days_not_negative CHECK (granted_nano_usd >= 0)
);
REVOKE DELETE, TRUNCATE ON free_credit_days FROM billing_app;
`;

const REMITTANCE_CODES = `
CREATE TABLE remittance_codes (
  account_id uuid CONSTRAINT remittance_codes_pk PRIMARY KEY
    CONSTRAINT remittance_codes_account_fk REFERENCES accounts,
  code text NOT NULL CONSTRAINT remittance_codes_code_once UNIQUE
    CONSTRAINT remittance_codes_form CHECK (code ~ '^[2-9A-HJKMNP-Z]{8}$'),
  created_at timestamptz NOT NULL DEFAULT now()
);
REVOKE UPDATE, DELETE, TRUNCATE ON remittance_codes FROM billing_app;
`;
