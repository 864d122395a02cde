import type { MigrationInterface, QueryRunner } from 'typeorm';

import { systemLedgerAccounts } from '../ledger/ledger-account.domain.js';

/** The double-entry ledger: append-only, balanced per transfer and currency by the database itself. */
export class Ledger1790000000002 implements MigrationInterface {
  readonly name = 'Ledger1790000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(LEDGER);
    await runner.query(RULES);
    await runner.query(BALANCES);
    for (const account of systemLedgerAccounts) {
      await runner.query(
        'INSERT INTO ledger_accounts (ledger_account_id, kind, detail, currency) VALUES ($1, $2, $3, $4)',
        [account.ledgerAccountId, account.kind, account.detail, account.currency],
      );
    }
  }

  /** Forward only: a schema with money in it is mended by a further migration. */
  down(): Promise<void> {
    return Promise.reject(new Error('billing migrations go forward only'));
  }
}

const LEDGER = `
CREATE TABLE ledger_accounts (
  ledger_account_id uuid CONSTRAINT ledger_accounts_pk PRIMARY KEY,
  kind text NOT NULL CONSTRAINT ledger_accounts_kind_known CHECK (kind IN ('customer_paid', 'customer_promo', 'revenue',
    'provider_cost', 'absorbed_cache', 'clearing', 'suspense', 'fx_clearing', 'promo_expense', 'write_off')),
  account_id uuid CONSTRAINT ledger_accounts_account_fk REFERENCES accounts,
  -- The channel of a clearing account, the reason of a write-off; empty otherwise.
  detail text NOT NULL DEFAULT '',
  currency text NOT NULL CONSTRAINT ledger_accounts_currency_known CHECK (currency IN ('USD', 'CNY')),
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT ledger_accounts_customer CHECK ((kind LIKE 'customer%') = (account_id IS NOT NULL)),
  CONSTRAINT ledger_accounts_named_once UNIQUE NULLS NOT DISTINCT (kind, account_id, detail, currency)
);
CREATE INDEX ledger_accounts_by_account ON ledger_accounts (account_id) WHERE account_id IS NOT NULL;
CREATE TABLE ledger_transfers (
  -- uuidv5(kind, business key): the same fact cannot be posted twice.
  transfer_id uuid CONSTRAINT ledger_transfers_pk PRIMARY KEY,
  kind text NOT NULL CONSTRAINT ledger_transfers_kind_known CHECK (kind IN ('usage_settled', 'credit_granted')),
  ref text NOT NULL,
  request_hash text NOT NULL,
  actor text NOT NULL,
  posted_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ledger_transfers_by_time ON ledger_transfers (posted_at);
CREATE TABLE ledger_entries (
  transfer_id uuid NOT NULL,
  ledger_account_id uuid NOT NULL,
  -- Signed: nano-USD where the currency is USD, fen where it is CNY.
  amount bigint NOT NULL CONSTRAINT ledger_entries_amount_not_zero CHECK (amount <> 0),
  currency text NOT NULL CONSTRAINT ledger_entries_currency_known CHECK (currency IN ('USD', 'CNY')),
  -- Only on customers' ledger accounts: the customer's gapless version, and the ledger account's balance after it.
  version bigint,
  posted_after bigint,
  CONSTRAINT ledger_entries_pk PRIMARY KEY (transfer_id, ledger_account_id),
  CONSTRAINT ledger_entries_running CHECK ((version IS NULL) = (posted_after IS NULL)),
  CONSTRAINT ledger_entries_posted_not_negative CHECK (posted_after >= 0)
);
CREATE UNIQUE INDEX ledger_entries_version_once ON ledger_entries (ledger_account_id, version)
  WHERE version IS NOT NULL;
`;

/**
 * Two rules keep the books balanced, whoever writes: at the commit a transfer has entries and they sum to 0 per currency
 * (one check per transfer), and no statement adds entries that do not (one check per statement). The second one also
 * stands for the foreign keys, whose checks per row were a third of the time of a settlement.
 */
const RULES = `
-- The plan is kept by the session: made while the table is young, it would read the whole of it for each transfer later.
CREATE FUNCTION ledger_refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  wrong record;
BEGIN
  SELECT currency, sum(amount) AS off INTO wrong FROM billing.ledger_entries
    WHERE transfer_id = NEW.transfer_id GROUP BY currency ORDER BY sum(amount) = 0 LIMIT 1;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'transfer % has no entries', NEW.transfer_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_transfers_balanced', TABLE = 'ledger_transfers';
  ELSIF wrong.off <> 0 THEN
    RAISE EXCEPTION 'transfer % is off by % %', NEW.transfer_id, wrong.off, wrong.currency
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_transfers_balanced', TABLE = 'ledger_transfers';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_transfers_balanced AFTER INSERT ON ledger_transfers
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_refuse_unbalanced();
-- The same here; LIMIT makes each lookup one of its own, where a join could read a whole index instead.
CREATE FUNCTION ledger_refuse_stray_entries() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  wrong record;
BEGIN
  SELECT transfer_id, currency, sum(amount) AS off INTO wrong FROM added
    GROUP BY transfer_id, currency HAVING sum(amount) <> 0 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'the entries added to transfer % are off by % %', wrong.transfer_id, wrong.off, wrong.currency
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entries_balanced', TABLE = 'ledger_entries';
  END IF;
  SELECT n.transfer_id, n.ledger_account_id INTO wrong FROM added n
    LEFT JOIN LATERAL (SELECT true AS stands FROM billing.ledger_transfers t
      WHERE t.transfer_id = n.transfer_id LIMIT 1) t ON true
    LEFT JOIN LATERAL (SELECT true AS stands FROM billing.ledger_accounts a
      WHERE a.ledger_account_id = n.ledger_account_id AND a.currency = n.currency LIMIT 1) a ON true
    WHERE t.stands IS NULL OR a.stands IS NULL LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'an entry of transfer % and ledger account % belongs to none', wrong.transfer_id, wrong.ledger_account_id
      USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'ledger_entries_belong', TABLE = 'ledger_entries';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_entries_balanced AFTER INSERT ON ledger_entries
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_stray_entries();
CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_transfers_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transfers
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_accounts_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_accounts
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON ledger_entries, ledger_transfers, ledger_accounts FROM billing_app;
`;

const BALANCES = `
CREATE TABLE gate_balances (
  account_id uuid CONSTRAINT gate_balances_pk PRIMARY KEY CONSTRAINT gate_balances_account_fk REFERENCES accounts,
  posted_nano_usd bigint NOT NULL DEFAULT 0,
  paid_nano_usd bigint NOT NULL DEFAULT 0 CONSTRAINT gate_balances_paid_not_negative CHECK (paid_nano_usd >= 0),
  promo_nano_usd bigint NOT NULL DEFAULT 0 CONSTRAINT gate_balances_promo_not_negative CHECK (promo_nano_usd >= 0),
  credited_nano_usd bigint NOT NULL DEFAULT 0,
  spent_nano_usd bigint NOT NULL DEFAULT 0 CONSTRAINT gate_balances_spent_not_negative CHECK (spent_nano_usd >= 0),
  -- What the gate compares: raised with every change that it is told of.
  version bigint NOT NULL DEFAULT 0,
  -- The customer's version in the ledger: one for each transfer that touched the customer, without a gap.
  ledger_version bigint NOT NULL DEFAULT 0,
  CONSTRAINT gate_balances_posted_is_paid_and_promo CHECK (posted_nano_usd = paid_nano_usd + promo_nano_usd),
  CONSTRAINT gate_balances_posted_not_negative CHECK (posted_nano_usd >= 0),
  CONSTRAINT gate_balances_posted_is_credited_less_spent CHECK (posted_nano_usd = credited_nano_usd - spent_nano_usd),
  -- 9.0 M USD: every sum stays exact in a double of the gate.
  CONSTRAINT gate_balances_credited_below_ceiling CHECK (credited_nano_usd <= 9000000000000000)
) WITH (fillfactor = 50);
CREATE TABLE period_spends (
  account_id uuid NOT NULL CONSTRAINT period_spends_account_fk REFERENCES accounts,
  scope text NOT NULL CONSTRAINT period_spends_scope_known CHECK (scope IN ('key', 'workspace')),
  scope_id uuid NOT NULL,
  -- total, 2026-11-22, 2026-W47 or 2026-11
  period text NOT NULL,
  spent_nano_usd bigint NOT NULL CONSTRAINT period_spends_spent_not_negative CHECK (spent_nano_usd >= 0),
  version bigint NOT NULL DEFAULT 1,
  CONSTRAINT period_spends_pk PRIMARY KEY (scope, scope_id, period)
) WITH (fillfactor = 70);
CREATE INDEX period_spends_by_account ON period_spends (account_id);
CREATE TABLE credit_grants (
  transfer_id uuid CONSTRAINT credit_grants_pk PRIMARY KEY
    CONSTRAINT credit_grants_transfer_fk REFERENCES ledger_transfers,
  account_id uuid NOT NULL CONSTRAINT credit_grants_account_fk REFERENCES accounts,
  amount_nano_usd bigint NOT NULL CONSTRAINT credit_grants_amount_positive CHECK (amount_nano_usd > 0),
  reason text NOT NULL,
  request_key text NOT NULL,
  actor text NOT NULL,
  granted_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT credit_grants_once UNIQUE (account_id, request_key)
);
CREATE TRIGGER credit_grants_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON credit_grants
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON credit_grants FROM billing_app;
`;
