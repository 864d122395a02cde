import type { MigrationInterface, QueryRunner } from 'typeorm';

import { systemLedgerAccounts } from '../ledger/ledger-account.domain.js';

/** What every dollar of a balance came from: lots, the quotes that RMB was credited with, and what is kept of draws. */
export class Lots1790000000006 implements MigrationInterface {
  readonly name = 'Lots1790000000006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(QUOTES);
    await runner.query(LOTS);
    await runner.query(EARLIER_GRANTS);
    await runner.query(BALANCES);
    await runner.query(TRANSFERS);
    await runner.query(HOLDS);
    for (const account of systemLedgerAccounts) {
      await runner.query(
        `INSERT INTO ledger_accounts (ledger_account_id, kind, detail, currency) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING`,
        [account.ledgerAccountId, account.kind, account.detail, account.currency],
      );
    }
  }

  /** Forward only: a schema with money in it is mended by a further migration. */
  down(): Promise<void> {
    return Promise.reject(new Error('billing migrations go forward only'));
  }
}

const QUOTES = `
CREATE TABLE fx_quotes (
  quote_id uuid CONSTRAINT fx_quotes_pk PRIMARY KEY,
  base text NOT NULL CONSTRAINT fx_quotes_base_known CHECK (base = 'USD'),
  quote text NOT NULL CONSTRAINT fx_quotes_quote_known CHECK (quote = 'CNY'),
  -- What a customer pays for one unit of the base, the spread included.
  rate numeric(18,8) NOT NULL CONSTRAINT fx_quotes_rate_positive CHECK (rate > 0),
  market_rate numeric(18,8) NOT NULL CONSTRAINT fx_quotes_market_rate_positive CHECK (market_rate > 0),
  spread_basis_points integer NOT NULL
    CONSTRAINT fx_quotes_spread_range CHECK (spread_basis_points BETWEEN 0 AND 1000),
  source text NOT NULL,
  actor text NOT NULL,
  valid_from timestamptz NOT NULL DEFAULT now(),
  valid_until timestamptz NOT NULL,
  CONSTRAINT fx_quotes_valid_for_a_while CHECK (valid_until > valid_from)
);
CREATE INDEX fx_quotes_newest ON fx_quotes (base, quote, valid_from DESC, quote_id DESC);
CREATE TRIGGER fx_quotes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fx_quotes
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON fx_quotes FROM billing_app;
`;

const LOTS = `
CREATE TABLE lots (
  -- The id of the transfer that credited it.
  lot_id uuid CONSTRAINT lots_pk PRIMARY KEY CONSTRAINT lots_transfer_fk REFERENCES ledger_transfers,
  account_id uuid NOT NULL CONSTRAINT lots_account_fk REFERENCES accounts,
  kind text NOT NULL CONSTRAINT lots_kind_known CHECK (kind IN ('promo', 'paid')),
  currency text NOT NULL CONSTRAINT lots_currency_known CHECK (currency IN ('USD', 'CNY')),
  -- Cents or fen, as the currency says; 0 where nobody paid.
  paid_minor_units bigint NOT NULL CONSTRAINT lots_paid_not_negative CHECK (paid_minor_units >= 0),
  credit_nano_usd bigint NOT NULL CONSTRAINT lots_credit_positive CHECK (credit_nano_usd > 0),
  drawn_nano_usd bigint NOT NULL DEFAULT 0 CONSTRAINT lots_drawn_not_negative CHECK (drawn_nano_usd >= 0),
  -- Kept for refunds that are on their way: nothing draws it.
  refunding_nano_usd bigint NOT NULL DEFAULT 0 CONSTRAINT lots_refunding_not_negative CHECK (refunding_nano_usd >= 0),
  refunded_nano_usd bigint NOT NULL DEFAULT 0 CONSTRAINT lots_refunded_not_negative CHECK (refunded_nano_usd >= 0),
  refunded_minor_units bigint NOT NULL DEFAULT 0
    CONSTRAINT lots_refunded_minor_not_negative CHECK (refunded_minor_units >= 0),
  charged_back_nano_usd bigint NOT NULL DEFAULT 0
    CONSTRAINT lots_charged_back_not_negative CHECK (charged_back_nano_usd >= 0),
  charged_back_minor_units bigint NOT NULL DEFAULT 0
    CONSTRAINT lots_charged_back_minor_not_negative CHECK (charged_back_minor_units >= 0),
  -- What of a charged-back lot was given up by an operator.
  written_off_nano_usd bigint NOT NULL DEFAULT 0
    CONSTRAINT lots_written_off_not_negative CHECK (written_off_nano_usd >= 0),
  fx_quote_id uuid CONSTRAINT lots_quote_fk REFERENCES fx_quotes,
  -- Of RMB: the transfer that received it into fx_clearing; the lot's own credits the customer out of it.
  received_transfer_id uuid CONSTRAINT lots_received_transfer_fk REFERENCES ledger_transfers,
  channel text,
  reference text,
  receiving_entity text,
  payer text,
  opened_at timestamptz NOT NULL DEFAULT now(),
  -- First in, first out.
  seq bigint GENERATED ALWAYS AS IDENTITY,
  -- A column of its own, so that an index may leave spent lots out and a draw still moves no index.
  is_spent boolean NOT NULL GENERATED ALWAYS AS (drawn_nano_usd + refunded_nano_usd + charged_back_nano_usd
    - written_off_nano_usd = credit_nano_usd) STORED,
  CONSTRAINT lots_paid_is_told CHECK (kind = 'promo' OR (channel IS NOT NULL AND reference IS NOT NULL
    AND receiving_entity IS NOT NULL AND paid_minor_units > 0)),
  CONSTRAINT lots_promo_is_no_payment CHECK (kind = 'paid' OR (paid_minor_units = 0 AND currency = 'USD'
    AND refunding_nano_usd = 0 AND refunded_nano_usd = 0 AND charged_back_nano_usd = 0)),
  CONSTRAINT lots_quote_where_converted CHECK ((currency = 'CNY') = (fx_quote_id IS NOT NULL)
    AND (currency = 'CNY') = (received_transfer_id IS NOT NULL)),
  CONSTRAINT lots_given_back_within_paid CHECK (refunded_minor_units + charged_back_minor_units <= paid_minor_units),
  -- Only what a bank has taken back may leave a lot overdrawn.
  CONSTRAINT lots_within_credit CHECK (drawn_nano_usd + refunding_nano_usd + refunded_nano_usd <= credit_nano_usd),
  CONSTRAINT lots_reference_once UNIQUE (channel, reference)
) WITH (fillfactor = 70);
CREATE INDEX lots_by_account ON lots (account_id, seq);
CREATE INDEX lots_to_draw ON lots (account_id, seq) WHERE NOT is_spent;
REVOKE UPDATE, DELETE, TRUNCATE ON lots FROM billing_app;
GRANT UPDATE (drawn_nano_usd, refunding_nano_usd, refunded_nano_usd, refunded_minor_units, charged_back_nano_usd,
  charged_back_minor_units, written_off_nano_usd) ON lots TO billing_app;
`;

/** Until now every balance was granted: a lot for each grant, and what was spent taken from the oldest first. */
const EARLIER_GRANTS = `
INSERT INTO lots (lot_id, account_id, kind, currency, paid_minor_units, credit_nano_usd, drawn_nano_usd, opened_at)
SELECT g.transfer_id, g.account_id, 'promo', 'USD', 0, g.amount_nano_usd,
  least(g.amount_nano_usd, greatest(0, g.granted_in_all - b.promo_nano_usd - g.granted_before)), g.granted_at
FROM (
  SELECT transfer_id, account_id, amount_nano_usd, granted_at,
    sum(amount_nano_usd) OVER (PARTITION BY account_id) AS granted_in_all,
    sum(amount_nano_usd) OVER (PARTITION BY account_id ORDER BY granted_at, transfer_id) - amount_nano_usd
      AS granted_before
  FROM credit_grants
) g JOIN gate_balances b ON b.account_id = g.account_id
ORDER BY g.granted_at, g.transfer_id;
`;

/** Posted stays at zero or above, but for what a bank took back: \`gap_nano_usd\` is how far below it may be for that. */
const BALANCES = `
ALTER TABLE gate_balances ADD COLUMN refunding_nano_usd bigint NOT NULL DEFAULT 0
  CONSTRAINT gate_balances_refunding_not_negative CHECK (refunding_nano_usd >= 0);
ALTER TABLE gate_balances ADD COLUMN gap_nano_usd bigint NOT NULL DEFAULT 0
  CONSTRAINT gate_balances_gap_not_negative CHECK (gap_nano_usd >= 0);
ALTER TABLE gate_balances DROP CONSTRAINT gate_balances_posted_not_negative;
ALTER TABLE gate_balances DROP CONSTRAINT gate_balances_paid_not_negative;
ALTER TABLE gate_balances ADD CONSTRAINT gate_balances_paid_not_below_gap
  CHECK (paid_nano_usd >= refunding_nano_usd - gap_nano_usd);
ALTER TABLE ledger_entries DROP CONSTRAINT ledger_entries_posted_not_negative;
`;

const TRANSFERS = `
ALTER TABLE ledger_transfers DROP CONSTRAINT ledger_transfers_kind_known;
ALTER TABLE ledger_transfers ADD CONSTRAINT ledger_transfers_kind_known CHECK (kind IN ('usage_settled',
  'credit_granted', 'topup_paid', 'topup_received', 'topup_refunded', 'refund_paid_out', 'chargeback_opened',
  'chargeback_taken', 'gap_written_off', 'suspense_received', 'suspense_returned'));
`;

const HOLDS = `
ALTER TABLE holds ADD COLUMN absorbed_nano_usd bigint NOT NULL DEFAULT 0
  CONSTRAINT holds_absorbed_not_negative CHECK (absorbed_nano_usd >= 0);
-- What the paid lots that it drew from had given in all by then: [[lot, drawn nano-USD, drawn fen or null]].
ALTER TABLE holds ADD COLUMN draws jsonb;
ALTER TABLE late_settlements ADD COLUMN absorbed_nano_usd bigint NOT NULL DEFAULT 0;
`;
