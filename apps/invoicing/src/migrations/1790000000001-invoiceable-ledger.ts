import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Lots and the invoiceable ledger: append-only. Nothing in them comes from a clock or a sequence of this database, so
 * that the same events make the same rows again. The owner may empty them to have them rebuilt; the service may not.
 */
const TABLES = `
CREATE TABLE invoicing.lots (
  lot_id uuid CONSTRAINT lots_pkey PRIMARY KEY,
  account_id uuid NOT NULL,
  channel text NOT NULL,
  reference text NOT NULL,
  receiving_entity text NOT NULL,
  currency text NOT NULL CONSTRAINT lots_currency_known CHECK (currency IN ('USD', 'CNY')),
  -- Fen or cents, as the currency says.
  paid_minor_units bigint NOT NULL CONSTRAINT lots_paid_not_negative CHECK (paid_minor_units >= 0),
  credit_nano_usd bigint NOT NULL CONSTRAINT lots_credit_not_negative CHECK (credit_nano_usd >= 0),
  is_invoiceable boolean NOT NULL,
  paid_at timestamptz NOT NULL,
  CONSTRAINT lots_invoiceable_in_rmb CHECK (currency = 'CNY' OR NOT is_invoiceable),
  CONSTRAINT lots_lot_of_account UNIQUE (lot_id, account_id)
);
CREATE INDEX lots_by_account ON invoicing.lots (account_id, paid_at DESC, lot_id);

CREATE TABLE invoicing.invoiceable_entries (
  -- The event that told it: what a source says of a kind about a lot counts once.
  source_id text NOT NULL,
  lot_id uuid NOT NULL,
  kind text NOT NULL CONSTRAINT invoiceable_entries_kind_known CHECK (kind IN ('PAID', 'CONSUMED', 'REFUND',
    'CORRECTION', 'HOLD', 'RELEASE', 'INVOICED', 'RED')),
  account_id uuid NOT NULL,
  -- The sum of an account's entries is what may be invoiced now.
  invoiceable_fen bigint NOT NULL,
  money_fen bigint NOT NULL,
  drawn_nano_usd bigint,
  refunded_minor_units bigint,
  posted_at timestamptz NOT NULL,
  ledger_version bigint NOT NULL,
  CONSTRAINT invoiceable_entries_pkey PRIMARY KEY (source_id, lot_id, kind),
  CONSTRAINT invoiceable_entries_lot_fkey FOREIGN KEY (lot_id, account_id)
    REFERENCES invoicing.lots (lot_id, account_id),
  CONSTRAINT invoiceable_entries_sign CHECK (CASE kind
    WHEN 'PAID' THEN invoiceable_fen = 0
    WHEN 'CORRECTION' THEN true
    WHEN 'REFUND' THEN invoiceable_fen <= 0
    WHEN 'HOLD' THEN invoiceable_fen <= 0
    WHEN 'INVOICED' THEN invoiceable_fen <= 0
    ELSE invoiceable_fen >= 0 END),
  CONSTRAINT invoiceable_entries_money CHECK (CASE kind
    WHEN 'PAID' THEN money_fen >= 0 WHEN 'REFUND' THEN money_fen <= 0 ELSE money_fen = 0 END),
  CONSTRAINT invoiceable_entries_drawn CHECK ((kind = 'CONSUMED') = (drawn_nano_usd IS NOT NULL)),
  CONSTRAINT invoiceable_entries_refunded CHECK ((kind = 'REFUND') = (refunded_minor_units IS NOT NULL))
);
CREATE INDEX invoiceable_entries_by_account ON invoicing.invoiceable_entries (account_id, kind)
  INCLUDE (invoiceable_fen, money_fen, posted_at);
CREATE INDEX invoiceable_entries_draws ON invoicing.invoiceable_entries (lot_id, drawn_nano_usd DESC)
  WHERE kind = 'CONSUMED';
CREATE INDEX invoiceable_entries_refunds ON invoicing.invoiceable_entries (lot_id) INCLUDE (refunded_minor_units)
  WHERE kind = 'REFUND';
`;

const RULES = `
CREATE FUNCTION invoicing.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER lots_append_only BEFORE UPDATE OR DELETE ON invoicing.lots
  FOR EACH STATEMENT EXECUTE FUNCTION invoicing.refuse_change();
CREATE TRIGGER invoiceable_entries_append_only BEFORE UPDATE OR DELETE ON invoicing.invoiceable_entries
  FOR EACH STATEMENT EXECUTE FUNCTION invoicing.refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON invoicing.lots, invoicing.invoiceable_entries FROM invoicing_app;
`;

export class CreateInvoiceableLedger implements MigrationInterface {
  readonly name = 'CreateInvoiceableLedger1790000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    await runner.query(RULES);
  }

  /** Forward only: a schema with money in it is mended by a further migration. */
  down(): Promise<void> {
    return Promise.reject(new Error('invoicing migrations go forward only'));
  }
}
