/** Holds that the edge no longer speaks for, and holds that billing takes or brings back itself. */
export const gateReaping = `
-- Bounded batches: tombstones past their 10 minutes, and counters without holds of periods that ended so long ago that
-- no clock picks them any more. Ids of days and months sort as text before a later month; those of weeks sort after
-- the months of their year and go with it; total stays.
CREATE FUNCTION gate.sweep(now_ms bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM gate.tombstones AS t WHERE t.ctid = ANY (ARRAY(
    SELECT old.ctid FROM gate.tombstones AS old
    WHERE old.expires_at <= gate.from_ms(now_ms) ORDER BY old.expires_at LIMIT 10000 FOR UPDATE SKIP LOCKED));
  DELETE FROM gate.period_counters AS c WHERE c.held_nano_usd = 0 AND c.ctid = ANY (ARRAY(
    SELECT old.ctid FROM gate.period_counters AS old
    WHERE old.period COLLATE "C" < to_char(gate.from_ms(now_ms) - interval '40 days', 'YYYY-MM')
      AND old.held_nano_usd = 0
    LIMIT 1000 FOR UPDATE SKIP LOCKED));
END $$;

-- Marks what expired by the store's clock and lists it; what was marked before is listed again, after the others, until
-- the commit that ends it closes it. A marked hold has lost its lease: it takes no concurrency slot.
CREATE FUNCTION gate.mark_expired(at_most integer) RETURNS jsonb LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1500ms' SET enable_seqscan = off AS $$
DECLARE
  now_ms bigint := gate.now_ms();
  at timestamptz;
  account_ids uuid[];
  hold_ids uuid[];
  listed jsonb;
BEGIN
  SELECT array_agg(e.account_id), array_agg(e.hold_id) INTO account_ids, hold_ids FROM (
    SELECT h.account_id, h.hold_id FROM gate.holds AS h WHERE h.expires_at <= gate.from_ms(now_ms)
    ORDER BY h.marked_at NULLS FIRST, h.expires_at, h.hold_id LIMIT at_most
  ) AS e;
  PERFORM gate.lock_accounts(account_ids);
  at := gate.from_ms(gate.now_ms());
  WITH expired AS (
    SELECT h.account_id, h.hold_id, h.key_id, (NOT h.final AND h.marked_at IS NULL)::integer AS slots,
      row_number() OVER (ORDER BY h.marked_at NULLS FIRST, h.expires_at, h.hold_id) AS place
    FROM gate.holds AS h JOIN unnest(account_ids, hold_ids) AS c (account_id, hold_id) USING (account_id, hold_id)
    WHERE h.expires_at <= at
  ), marked AS (
    UPDATE gate.holds AS h SET marked_at = at FROM expired AS e
    WHERE h.account_id = e.account_id AND h.hold_id = e.hold_id
    RETURNING gate.hold_view(h) AS view, e.place
  ), freed_accounts AS (
    UPDATE gate.accounts AS a SET running = a.running - e.slots
    FROM (SELECT account_id, sum(slots)::integer AS slots FROM expired GROUP BY 1) AS e
    WHERE a.account_id = e.account_id AND e.slots > 0
  ), freed_keys AS (
    UPDATE gate.key_meters AS m SET running = m.running - e.slots
    FROM (SELECT key_id, sum(slots)::integer AS slots FROM expired GROUP BY 1) AS e
    WHERE m.key_id = e.key_id AND e.slots > 0
  )
  SELECT coalesce(jsonb_agg(m.view ORDER BY m.place), '[]') INTO listed FROM marked AS m;
  -- Last, when no other lock is waited for: an end of a swept id waits for this commit with its account locked.
  PERFORM gate.sweep(now_ms);
  RETURN listed;
END $$;

-- A hold that is open in the ledger and unknown here: back if affordable, else a tombstone.
CREATE FUNCTION gate.restore(hold jsonb) RETURNS text LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1500ms' SET enable_seqscan = off AS $$
DECLARE
  of_account uuid := hold->>'accountId';
  of_hold uuid := hold->>'holdId';
  now_ms bigint;
  s gate.standing;
BEGIN
  PERFORM gate.lock_accounts(ARRAY[of_account]);
  now_ms := gate.now_ms();
  IF EXISTS (SELECT FROM gate.holds AS h WHERE h.account_id = of_account AND h.hold_id = of_hold) THEN
    RETURN 'restored';
  ELSIF gate.has_tombstone(of_account, of_hold, now_ms) THEN
    RETURN 'gone';
  END IF;
  s := gate.standing_of_hold(hold, now_ms);
  IF s.key_id IS NULL THEN
    RETURN 'not_loaded';
  ELSIF (hold->>'amountNanoUsd')::bigint > greatest(gate.room(s), 0) THEN
    PERFORM gate.close_holds(ARRAY[of_account], ARRAY[of_hold], now_ms);
    RETURN 'gone';
  END IF;
  PERFORM gate.insert_hold(hold, s, now_ms, (SELECT e.epoch FROM gate.epochs AS e WHERE e.singleton));
  RETURN 'restored';
END $$;

-- A hold of billing's own, for a late settlement: what balance and caps leave, down to 0; final, without expiry.
CREATE FUNCTION gate.reserve(request jsonb) RETURNS jsonb LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1500ms' SET enable_seqscan = off AS $$
DECLARE
  of_account uuid := request->>'accountId';
  of_hold uuid := request->>'holdId';
  epoch integer := (SELECT e.epoch FROM gate.epochs AS e WHERE e.singleton);
  now_ms bigint;
  amount bigint;
  s gate.standing;
BEGIN
  PERFORM gate.lock_accounts(ARRAY[of_account]);
  now_ms := gate.now_ms();
  SELECT h.amount_nano_usd INTO amount FROM gate.holds AS h WHERE h.account_id = of_account AND h.hold_id = of_hold;
  IF amount IS NULL THEN
    IF gate.has_tombstone(of_account, of_hold, now_ms) THEN
      RETURN jsonb_build_object('outcome', 'gone');
    END IF;
    s := gate.standing_of_hold(request, now_ms);
    IF s.key_id IS NULL THEN
      RETURN jsonb_build_object('outcome', 'not_loaded');
    END IF;
    amount := greatest(least((request->>'amountNanoUsd')::bigint, gate.room(s)), 0);
    PERFORM gate.insert_hold(
      request || jsonb_build_object('amountNanoUsd', amount, 'final', true, 'openedAt', now_ms), s, now_ms, epoch);
  END IF;
  RETURN jsonb_build_object('outcome', 'reserved', 'grantedNanoUsd', amount::text, 'epoch', epoch);
END $$;
`;
