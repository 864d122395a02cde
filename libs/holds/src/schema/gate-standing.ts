/**
 * The clock, the locks, and the *standing* of a key: everything that a decision about one hold looks at, read by one
 * statement under the lock of the account's row. Amounts left and bucket levels are computed from it.
 */
export const gateStanding = `
-- The store's clock in whole milliseconds: the only one that decides expiry, periods and buckets.
CREATE FUNCTION gate.now_ms() RETURNS bigint LANGUAGE sql VOLATILE
RETURN floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint;

CREATE FUNCTION gate.to_ms(instant timestamptz) RETURNS bigint LANGUAGE sql STABLE
RETURN round(extract(epoch FROM instant) * 1000)::bigint;

CREATE FUNCTION gate.from_ms(ms bigint) RETURNS timestamptz LANGUAGE sql STABLE
RETURN timestamptz '1970-01-01 00:00:00+00' + ms * interval '1 millisecond';

CREATE TYPE gate.standing AS (
  account_id uuid, key_id uuid, workspace_id uuid, day text, week text, month text,
  posted bigint, held bigint, credited bigint, spent bigint,
  account_status text, account_concurrency integer, account_running integer,
  workspace_status text, budget bigint, budget_used bigint,
  key_status text, key_expires_at timestamptz, key_concurrency integer, key_held bigint, key_running integer,
  models text[], daily_cap bigint, day_used bigint, weekly_cap bigint, week_used bigint,
  monthly_cap bigint, month_used bigint,
  requests_limit bigint, requests_level bigint, tokens_limit bigint, tokens_level bigint
);

-- Everything locks here first, in id order: two calls about the same accounts never wait for each other in a ring.
CREATE FUNCTION gate.lock_accounts(account_ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM gate.accounts AS a WHERE a.account_id = ANY (account_ids) ORDER BY a.account_id FOR NO KEY UPDATE;
END $$;

-- Sixty-thousandths of a unit in a bucket now. A null level is a bucket never used, which is full, and stays null while
-- no limit is known. A clock that steps back refills nothing twice: the instant of the last refill only moves forward.
CREATE FUNCTION gate.refilled(level bigint, bucket_limit bigint, elapsed_ms bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN bucket_limit IS NOT NULL THEN
  least(bucket_limit * 60000, coalesce(level, bucket_limit * 60000) + bucket_limit * elapsed_ms)
END;

-- The standing of a key in a workspace (null: the key's own) and its periods; key_id is null when the gate lacks
-- account, key or workspace. Counters that have no row are 0: nothing is ever lost here.
CREATE FUNCTION gate.standing_of(
  of_account uuid, of_key uuid, of_workspace uuid, of_day text, of_week text, of_month text,
  now_ms bigint, defaults jsonb
) RETURNS gate.standing LANGUAGE plpgsql AS $$
DECLARE
  s gate.standing;
  refilled_at timestamptz;
  elapsed_ms bigint;
BEGIN
  SELECT a.account_id, k.key_id, w.workspace_id, of_day, of_week, of_month,
    a.posted_nano_usd, a.held_nano_usd, a.credited_nano_usd, a.spent_nano_usd,
    a.status, a.concurrency, a.running,
    w.status, w.monthly_budget_nano_usd, coalesce(cw.spent_nano_usd + cw.held_nano_usd, 0),
    k.status, k.expires_at, coalesce(k.concurrency, (defaults->>'concurrency')::integer), m.held_nano_usd, m.running,
    k.models, k.daily_cap_nano_usd, coalesce(cd.spent_nano_usd + cd.held_nano_usd, 0),
    k.weekly_cap_nano_usd, coalesce(ck.spent_nano_usd + ck.held_nano_usd, 0),
    k.monthly_cap_nano_usd, coalesce(cm.spent_nano_usd + cm.held_nano_usd, 0),
    coalesce(k.requests_per_minute, (defaults->>'requestsPerMinute')::bigint, m.requests_limit), m.requests_level,
    coalesce(k.tokens_per_minute, (defaults->>'tokensPerMinute')::bigint, m.tokens_limit), m.tokens_level,
    m.refilled_at
  INTO s.account_id, s.key_id, s.workspace_id, s.day, s.week, s.month, s.posted, s.held, s.credited, s.spent,
    s.account_status, s.account_concurrency, s.account_running, s.workspace_status, s.budget, s.budget_used,
    s.key_status, s.key_expires_at, s.key_concurrency, s.key_held, s.key_running, s.models,
    s.daily_cap, s.day_used, s.weekly_cap, s.week_used, s.monthly_cap, s.month_used,
    s.requests_limit, s.requests_level, s.tokens_limit, s.tokens_level, refilled_at
  FROM gate.accounts AS a
  JOIN gate.keys AS k ON k.key_id = of_key AND k.account_id = a.account_id
  JOIN gate.workspaces AS w ON w.workspace_id = coalesce(of_workspace, k.workspace_id) AND w.account_id = a.account_id
  JOIN gate.key_meters AS m ON m.key_id = k.key_id
  LEFT JOIN gate.period_counters AS cd ON cd.scope_id = k.key_id AND cd.period = of_day AND cd.scope = 'key'
  LEFT JOIN gate.period_counters AS ck ON ck.scope_id = k.key_id AND ck.period = of_week AND ck.scope = 'key'
  LEFT JOIN gate.period_counters AS cm ON cm.scope_id = k.key_id AND cm.period = of_month AND cm.scope = 'key'
  LEFT JOIN gate.period_counters AS cw
    ON cw.scope_id = w.workspace_id AND cw.period = of_month AND cw.scope = 'workspace'
  WHERE a.account_id = of_account;
  IF s.key_id IS NOT NULL THEN
    elapsed_ms := least(greatest(now_ms - coalesce(gate.to_ms(refilled_at), now_ms), 0), 120000);
    s.requests_level := gate.refilled(s.requests_level, s.requests_limit, elapsed_ms);
    s.tokens_level := gate.refilled(s.tokens_level, s.tokens_limit, elapsed_ms);
  END IF;
  RETURN s;
END $$;

-- The same for a hold as the port describes it.
CREATE FUNCTION gate.standing_of_hold(hold jsonb, now_ms bigint) RETURNS gate.standing LANGUAGE plpgsql AS $$
BEGIN
  RETURN gate.standing_of((hold->>'accountId')::uuid, (hold->>'keyId')::uuid, (hold->>'workspaceId')::uuid,
    hold#>>'{periods,day}', hold#>>'{periods,week}', hold#>>'{periods,month}', now_ms, NULL);
END $$;

CREATE FUNCTION gate.key_cap_left(s gate.standing) RETURNS bigint LANGUAGE sql IMMUTABLE
RETURN least(s.daily_cap - s.day_used, s.weekly_cap - s.week_used, s.monthly_cap - s.month_used);

-- What a hold may still grow by: least() leaves out the caps that are not set.
CREATE FUNCTION gate.room(s gate.standing) RETURNS bigint LANGUAGE sql IMMUTABLE
RETURN least(s.posted - s.held, gate.key_cap_left(s), s.budget - s.budget_used);

CREATE FUNCTION gate.add_held(s gate.standing, delta bigint, slots integer) RETURNS gate.standing
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  s.held := s.held + delta;
  s.key_held := s.key_held + delta;
  s.day_used := s.day_used + delta;
  s.week_used := s.week_used + delta;
  s.month_used := s.month_used + delta;
  s.budget_used := s.budget_used + delta;
  s.account_running := s.account_running + slots;
  s.key_running := s.key_running + slots;
  RETURN s;
END $$;

-- Takes tokens (or gives back, when negative). A debt is at most one minute's limit, so that one long answer never
-- blocks its key for longer than two minutes.
CREATE FUNCTION gate.take_tokens(s gate.standing, amount bigint) RETURNS gate.standing LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF s.tokens_limit IS NOT NULL THEN
    s.tokens_level := greatest(
      least(s.tokens_level - amount * 60000, s.tokens_limit * 60000),
      -s.tokens_limit * 60000
    );
  END IF;
  RETURN s;
END $$;

-- Writes what a decision changed: the standing as it is now, and the held sums of its periods by their difference.
CREATE FUNCTION gate.write_standing(s gate.standing, delta bigint, now_ms bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  at timestamptz := gate.from_ms(now_ms);
BEGIN
  UPDATE gate.accounts AS a SET held_nano_usd = s.held, running = s.account_running WHERE a.account_id = s.account_id;
  UPDATE gate.key_meters AS m SET held_nano_usd = s.key_held, running = s.key_running,
    requests_limit = s.requests_limit, requests_level = s.requests_level,
    tokens_limit = s.tokens_limit, tokens_level = s.tokens_level, refilled_at = greatest(m.refilled_at, at)
  WHERE m.key_id = s.key_id;
  IF delta > 0 THEN
    INSERT INTO gate.period_counters AS c (scope, scope_id, period, account_id, held_nano_usd, updated_at)
    VALUES ('key', s.key_id, s.day, s.account_id, delta, at),
      ('key', s.key_id, s.week, s.account_id, delta, at),
      ('key', s.key_id, s.month, s.account_id, delta, at),
      ('workspace', s.workspace_id, s.month, s.account_id, delta, at)
    ON CONFLICT ON CONSTRAINT period_counters_pk
    DO UPDATE SET held_nano_usd = c.held_nano_usd + excluded.held_nano_usd, updated_at = at;
  ELSIF delta < 0 THEN
    UPDATE gate.period_counters AS c SET held_nano_usd = c.held_nano_usd + delta, updated_at = at
    WHERE c.scope = 'key' AND c.scope_id = s.key_id AND c.period IN (s.day, s.week, s.month)
      OR c.scope = 'workspace' AND c.scope_id = s.workspace_id AND c.period = s.month;
  END IF;
END $$;

CREATE FUNCTION gate.bucket(level bigint, bucket_limit bigint) RETURNS jsonb LANGUAGE sql IMMUTABLE
RETURN jsonb_build_object('limit', coalesce(bucket_limit, 0), 'remaining', greatest(level / 60000, 0), 'resetMs',
  CASE WHEN bucket_limit > 0 THEN (bucket_limit * 60000 - level + bucket_limit - 1) / bucket_limit ELSE 0 END);

CREATE FUNCTION gate.figures(s gate.standing) RETURNS jsonb LANGUAGE sql IMMUTABLE
RETURN jsonb_build_object('postedNanoUsd', s.posted::text, 'heldNanoUsd', s.held::text,
  'creditedNanoUsd', s.credited::text, 'spentNanoUsd', s.spent::text,
  'keyCapRemainingNanoUsd', gate.key_cap_left(s)::text,
  'requests', gate.bucket(s.requests_level, s.requests_limit),
  'tokens', gate.bucket(s.tokens_level, s.tokens_limit));

-- Ended and released ids stay known for 10 minutes, so that nothing opens a closed hold again.
CREATE FUNCTION gate.has_tombstone(of_account uuid, of_hold uuid, now_ms bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  RETURN EXISTS (SELECT FROM gate.tombstones AS t
    WHERE t.account_id = of_account AND t.hold_id = of_hold AND t.expires_at > gate.from_ms(now_ms));
END $$;
`;
