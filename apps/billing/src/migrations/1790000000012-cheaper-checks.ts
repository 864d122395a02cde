import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The same rules of the ledger for half the work: what a statement can be asked of as a whole is asked once. */
export class CheaperChecks1790000000012 implements MigrationInterface {
  readonly name = 'CheaperChecks1790000000012';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UNBALANCED);
    await runner.query(ENTRIES);
  }

  /** Forward only: a schema with money in it is mended by a further migration. */
  down(): Promise<void> {
    return Promise.reject(new Error('billing migrations go forward only'));
  }
}

/**
 * A transfer has entries that sum to 0 per currency at the commit, as before. A statement that adds transfers and entries
 * together is judged at its end, all its transfers at once; a transfer whose entries are still to come is noted, and the
 * deferred trigger judges the noted ones, one by one, at the commit.
 */
const UNBALANCED = `
DROP TRIGGER ledger_transfers_balanced ON ledger_transfers;
CREATE TABLE ledger_unbalanced (
  -- A transfer of a running transaction whose entries are still to come: none is ever left at a commit.
  transfer_id uuid CONSTRAINT ledger_unbalanced_pk PRIMARY KEY
);
REVOKE ALL ON ledger_unbalanced FROM billing_app;

-- True where a transfer has entries and they sum to 0 in each currency.
CREATE FUNCTION ledger_note_unbalanced() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = billing, pg_temp SET enable_seqscan = off AS $$
BEGIN
  INSERT INTO ledger_unbalanced (transfer_id)
    SELECT a.transfer_id FROM added a CROSS JOIN LATERAL (
      SELECT bool_and(off = 0) AS balanced FROM (
        SELECT sum(amount) AS off FROM ledger_entries e WHERE e.transfer_id = a.transfer_id GROUP BY currency) AS sums
    ) AS of_transfer
    WHERE balanced IS NOT TRUE;
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_transfers_balanced AFTER INSERT ON ledger_transfers
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_note_unbalanced();

CREATE OR REPLACE FUNCTION ledger_refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = billing, pg_temp SET enable_seqscan = off AS $$
DECLARE
  wrong record;
BEGIN
  SELECT currency, sum(amount) AS off INTO wrong FROM ledger_entries
    WHERE transfer_id = NEW.transfer_id GROUP BY currency ORDER BY sum(amount) = 0 LIMIT 1;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'transfer % has no entries', NEW.transfer_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_transfers_balanced', TABLE = 'ledger_transfers';
  ELSIF wrong.off <> 0 THEN
    RAISE EXCEPTION 'transfer % is off by % %', NEW.transfer_id, wrong.off, wrong.currency
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_transfers_balanced', TABLE = 'ledger_transfers';
  END IF;
  DELETE FROM ledger_unbalanced WHERE transfer_id = NEW.transfer_id;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_unbalanced_judged AFTER INSERT ON ledger_unbalanced
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_refuse_unbalanced();
`;

/** As before, but each transfer and each ledger account of a statement is looked up once, not once for every entry. */
const ENTRIES = `
CREATE OR REPLACE FUNCTION ledger_refuse_stray_entries() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  wrong record;
BEGIN
  SELECT n.transfer_id, n.currency, n.off, t.stands INTO wrong
    FROM (SELECT transfer_id, currency, sum(amount) AS off FROM added GROUP BY transfer_id, currency) AS n
    LEFT JOIN LATERAL (SELECT true AS stands FROM billing.ledger_transfers t
      WHERE t.transfer_id = n.transfer_id LIMIT 1) t ON true
    WHERE n.off <> 0 OR t.stands IS NULL ORDER BY n.off = 0 LIMIT 1;
  IF FOUND AND wrong.off <> 0 THEN
    RAISE EXCEPTION 'the entries added to transfer % are off by % %', wrong.transfer_id, wrong.off, wrong.currency
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entries_balanced', TABLE = 'ledger_entries';
  ELSIF FOUND THEN
    RAISE EXCEPTION 'an entry of transfer % belongs to none', wrong.transfer_id
      USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'ledger_entries_belong', TABLE = 'ledger_entries';
  END IF;
  SELECT n.ledger_account_id, n.currency INTO wrong
    FROM (SELECT DISTINCT ledger_account_id, currency FROM added) AS n
    LEFT JOIN LATERAL (SELECT true AS stands FROM billing.ledger_accounts a
      WHERE a.ledger_account_id = n.ledger_account_id AND a.currency = n.currency LIMIT 1) a ON true
    WHERE a.stands IS NULL LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'an entry of ledger account % in % belongs to none', wrong.ledger_account_id, wrong.currency
      USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'ledger_entries_belong', TABLE = 'ledger_entries';
  END IF;
  RETURN NULL;
END $$;
`;
