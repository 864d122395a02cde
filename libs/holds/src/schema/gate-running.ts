/** `resize`, `renew` and `read`: a hold while its request runs, and until its settlement is acknowledged. */
export const gateRunning = `
-- Ends holds, each pair (account, hold) of the two arrays: frees what they held, everywhere at once, and leaves their
-- ids as tombstones, also of holds that are not listed (a late admission must not open them). LIMIT makes each hold a
-- lookup of its own: a join, planned while the table is young, would read the whole of its index later.
CREATE FUNCTION gate.close_holds(account_ids uuid[], hold_ids uuid[], now_ms bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  at timestamptz := gate.from_ms(now_ms);
BEGIN
  WITH ended AS (
    DELETE FROM gate.holds AS h WHERE h.ctid = ANY (ARRAY(
      SELECT listed.place FROM unnest(account_ids, hold_ids) AS c (account_id, hold_id), LATERAL (
        SELECT l.ctid AS place FROM gate.holds AS l
        WHERE l.account_id = c.account_id AND l.hold_id = c.hold_id LIMIT 1
      ) AS listed))
    RETURNING h.account_id, h.key_id, h.workspace_id, h.day, h.week, h.month, h.amount_nano_usd AS amount,
      (NOT h.final AND h.marked_at IS NULL)::integer AS slots
  ), freed_accounts AS (
    UPDATE gate.accounts AS a SET held_nano_usd = a.held_nano_usd - e.amount, running = a.running - e.slots
    FROM (SELECT account_id, sum(amount)::bigint AS amount, sum(slots)::integer AS slots FROM ended GROUP BY 1) AS e
    WHERE a.account_id = e.account_id
  ), freed_keys AS (
    UPDATE gate.key_meters AS m SET held_nano_usd = m.held_nano_usd - e.amount, running = m.running - e.slots
    FROM (SELECT key_id, sum(amount)::bigint AS amount, sum(slots)::integer AS slots FROM ended GROUP BY 1) AS e
    WHERE m.key_id = e.key_id
  ), freed_periods AS (
    UPDATE gate.period_counters AS c SET held_nano_usd = c.held_nano_usd - e.amount, updated_at = at
    FROM (
      SELECT p.scope, p.scope_id, p.period, sum(ended.amount)::bigint AS amount
      FROM ended, LATERAL (VALUES ('key', key_id, day), ('key', key_id, week), ('key', key_id, month),
        ('workspace', workspace_id, month)) AS p (scope, scope_id, period)
      GROUP BY 1, 2, 3
    ) AS e
    WHERE c.scope = e.scope AND c.scope_id = e.scope_id AND c.period = e.period AND e.amount > 0
  )
  INSERT INTO gate.tombstones AS t (account_id, hold_id, expires_at)
  SELECT DISTINCT c.account_id, c.hold_id, at + interval '10 minutes'
  FROM unnest(account_ids, hold_ids) AS c (account_id, hold_id)
  ON CONFLICT ON CONSTRAINT tombstones_pk DO UPDATE SET expires_at = excluded.expires_at;
END $$;

-- What the gate can say of an account without one of its keys.
CREATE FUNCTION gate.account_figures(of_account uuid) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
  RETURN (SELECT jsonb_build_object('postedNanoUsd', a.posted_nano_usd::text, 'heldNanoUsd', a.held_nano_usd::text,
    'creditedNanoUsd', a.credited_nano_usd::text, 'spentNanoUsd', a.spent_nano_usd::text,
    'keyCapRemainingNanoUsd', NULL, 'requests', gate.bucket(0, 0), 'tokens', gate.bucket(0, 0))
    FROM gate.accounts AS a WHERE a.account_id = of_account);
END $$;

CREATE FUNCTION gate.resized(amount bigint, epoch integer, figures jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE
RETURN CASE WHEN figures IS NULL THEN jsonb_build_object('outcome', 'not_loaded')
  ELSE jsonb_build_object('outcome', 'resized', 'grantedNanoUsd', amount::text, 'epoch', epoch, 'quiet', false,
    'left', figures) END;

-- Tokens follow what was really used. What a reservation had too much is given back within a minute of it only: later
-- the bucket has refilled by itself, and giving back would admit more than the limit.
CREATE FUNCTION gate.tokens_delta(h gate.holds, tokens bigint, is_final boolean, now_ms bigint) RETURNS bigint
LANGUAGE sql STABLE
RETURN CASE
  WHEN tokens > h.tokens THEN tokens - h.tokens
  WHEN is_final AND tokens < h.tokens AND now_ms - gate.to_ms(h.tokens_at) < 60000 THEN tokens - h.tokens
  ELSE 0
END;

-- The hold after a resize: growth as far as balance and caps afford it, lower only when final, then frozen.
CREATE FUNCTION gate.resized_amount(h gate.holds, s gate.standing, target bigint, is_final boolean) RETURNS bigint
LANGUAGE sql IMMUTABLE
RETURN CASE
  WHEN h.final THEN h.amount_nano_usd
  WHEN target > h.amount_nano_usd THEN h.amount_nano_usd + greatest(least(target - h.amount_nano_usd, gate.room(s)), 0)
  WHEN is_final THEN target
  ELSE h.amount_nano_usd
END;

CREATE FUNCTION gate.resize(request jsonb, now_ms bigint, epoch integer) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  of_account uuid := request->>'accountId';
  of_hold uuid := request->>'holdId';
  is_final boolean := request->>'final';
  releases boolean := is_final AND (request->>'targetNanoUsd')::bigint = 0;
  s gate.standing;
  h gate.holds;
  amount bigint;
  token_delta bigint;
BEGIN
  SELECT * INTO h FROM gate.holds AS known WHERE known.account_id = of_account AND known.hold_id = of_hold;
  IF h.hold_id IS NULL THEN
    IF releases THEN
      PERFORM gate.close_holds(ARRAY[of_account], ARRAY[of_hold], now_ms);
      RETURN gate.resized(0, epoch, gate.account_figures(of_account));
    ELSIF gate.account_figures(of_account) IS NULL THEN
      RETURN jsonb_build_object('outcome', 'not_loaded');
    END IF;
    RETURN jsonb_build_object('outcome', 'gone');
  END IF;
  s := gate.standing_of(of_account, h.key_id, h.workspace_id, h.day, h.week, h.month, now_ms, NULL);
  amount := gate.resized_amount(h, s, (request->>'targetNanoUsd')::bigint, is_final);
  IF NOT h.final THEN
    token_delta := coalesce(gate.tokens_delta(h, (request->>'tokens')::bigint, is_final, now_ms), 0);
    s := gate.add_held(s, amount - h.amount_nano_usd, CASE WHEN is_final AND h.marked_at IS NULL THEN -1 ELSE 0 END);
    s := gate.take_tokens(s, token_delta);
    PERFORM gate.write_standing(s, amount - h.amount_nano_usd, now_ms);
    UPDATE gate.holds AS u SET amount_nano_usd = amount, final = is_final, tokens = h.tokens + token_delta,
      tokens_at = CASE WHEN token_delta > 0 THEN gate.from_ms(now_ms) ELSE h.tokens_at END
    WHERE u.account_id = of_account AND u.hold_id = of_hold;
  END IF;
  IF releases THEN
    PERFORM gate.close_holds(ARRAY[of_account], ARRAY[of_hold], now_ms);
    s := gate.add_held(s, -amount, 0);
    amount := 0;
  END IF;
  RETURN gate.resized(amount, epoch, gate.figures(s));
END $$;

-- A hold that is not listed, taken or restored: it counts in everything that an admitted one counts in.
CREATE FUNCTION gate.insert_hold(hold jsonb, s gate.standing, now_ms bigint, epoch integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  amount bigint := hold->>'amountNanoUsd';
  is_final boolean := hold->>'final';
BEGIN
  s := gate.add_held(s, amount, CASE WHEN is_final THEN 0 ELSE 1 END);
  PERFORM gate.write_standing(s, amount, now_ms);
  INSERT INTO gate.holds (account_id, hold_id, key_id, workspace_id, amount_nano_usd, granted_nano_usd, day, week, month,
    opened_at, expires_at, final, tokens, tokens_at, epoch)
  VALUES (s.account_id, (hold->>'holdId')::uuid, s.key_id, s.workspace_id, amount, amount, s.day, s.week, s.month,
    gate.from_ms((hold->>'openedAt')::bigint), gate.from_ms((hold->>'expiresAt')::bigint), is_final, 0,
    gate.from_ms((hold->>'openedAt')::bigint), epoch);
END $$;

-- One hold of a renewal: 'confirmed' (the gate holds this amount), 'gone', or 'kept' (its life is longer, but so much
-- is not affordable, or nothing is listed and nothing could be created).
CREATE FUNCTION gate.renew(hold jsonb, now_ms bigint, epoch integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  of_account uuid := hold->>'accountId';
  of_hold uuid := hold->>'holdId';
  amount bigint := hold->>'amountNanoUsd';
  expires_ms bigint := now_ms + (hold->>'expiryMs')::bigint;
  s gate.standing;
  h gate.holds;
BEGIN
  SELECT * INTO h FROM gate.holds AS known WHERE known.account_id = of_account AND known.hold_id = of_hold;
  IF h.hold_id IS NULL AND gate.has_tombstone(of_account, of_hold, now_ms) OR h.marked_at IS NOT NULL THEN
    RETURN 'gone';
  END IF;
  IF h.hold_id IS NULL THEN
    s := gate.standing_of_hold(hold, now_ms);
    IF s.key_id IS NULL OR amount > greatest(gate.room(s), 0) THEN
      RETURN 'kept';
    END IF;
    PERFORM gate.insert_hold(hold || jsonb_build_object('final', false, 'expiresAt', expires_ms), s, now_ms, epoch);
    RETURN 'confirmed';
  END IF;
  UPDATE gate.holds AS u SET expires_at = gate.from_ms(expires_ms)
  WHERE u.account_id = of_account AND u.hold_id = of_hold AND u.expires_at IS NOT NULL;
  IF h.amount_nano_usd >= amount THEN
    RETURN 'confirmed';
  ELSIF h.final THEN
    RETURN 'kept';
  END IF;
  -- A listed hold counts where it was admitted, whatever the renewal says.
  s := gate.standing_of(of_account, h.key_id, h.workspace_id, h.day, h.week, h.month, now_ms, NULL);
  IF amount - h.amount_nano_usd > gate.room(s) THEN
    RETURN 'kept';
  END IF;
  PERFORM gate.write_standing(gate.add_held(s, amount - h.amount_nano_usd, 0), amount - h.amount_nano_usd, now_ms);
  UPDATE gate.holds AS u SET amount_nano_usd = amount WHERE u.account_id = of_account AND u.hold_id = of_hold;
  RETURN 'confirmed';
END $$;
`;
