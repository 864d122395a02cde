/** What is read without changing anything: one key for the edge, one account for audit and comparison. */
export const gateReading = `
CREATE FUNCTION gate.key_view(k gate.keys) RETURNS jsonb LANGUAGE sql STABLE
RETURN jsonb_build_object('keyId', k.key_id, 'keyHash', k.key_hash, 'workspaceId', k.workspace_id, 'status', k.status,
  'expiresAt', gate.to_ms(k.expires_at), 'requestsPerMinute', k.requests_per_minute,
  'tokensPerMinute', k.tokens_per_minute, 'concurrency', k.concurrency,
  'dailyCapNanoUsd', k.daily_cap_nano_usd::text, 'weeklyCapNanoUsd', k.weekly_cap_nano_usd::text,
  'monthlyCapNanoUsd', k.monthly_cap_nano_usd::text, 'models', to_jsonb(k.models), 'version', k.version);

CREATE FUNCTION gate.hold_view(h gate.holds) RETURNS jsonb LANGUAGE sql STABLE
RETURN jsonb_build_object('accountId', h.account_id, 'workspaceId', h.workspace_id, 'keyId', h.key_id,
  'holdId', h.hold_id, 'amountNanoUsd', h.amount_nano_usd::text,
  'periods', jsonb_build_object('day', h.day, 'week', h.week, 'month', h.month),
  'openedAt', gate.to_ms(h.opened_at), 'expiresAt', gate.to_ms(h.expires_at), 'final', h.final);

-- Not one of a set: the caller has locked the account or reads one statement's snapshot.
CREATE FUNCTION gate.read(request jsonb, now_ms bigint) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
  of_key uuid := request->>'keyId';
  s gate.standing;
  k gate.keys;
BEGIN
  s := gate.standing_of((request->>'accountId')::uuid, of_key, NULL,
    gate.picked(request#>'{periods,day}', now_ms), gate.picked(request#>'{periods,week}', now_ms),
    gate.picked(request#>'{periods,month}', now_ms), now_ms, request->'defaults');
  IF s.key_id IS NULL THEN
    RETURN jsonb_build_object('outcome', 'not_loaded');
  END IF;
  SELECT * INTO k FROM gate.keys AS known WHERE known.key_id = of_key;
  RETURN jsonb_build_object('outcome', 'read', 'left', gate.figures(s), 'key', gate.key_view(k),
    'keySpentNanoUsd', (
      SELECT jsonb_build_object(
        'total', coalesce(max(c.spent_nano_usd) FILTER (WHERE c.period = 'total'), 0)::text,
        'day', coalesce(max(c.spent_nano_usd) FILTER (WHERE c.period = s.day), 0)::text,
        'week', coalesce(max(c.spent_nano_usd) FILTER (WHERE c.period = s.week), 0)::text,
        'month', coalesce(max(c.spent_nano_usd) FILTER (WHERE c.period = s.month), 0)::text)
      FROM gate.period_counters AS c
      WHERE c.scope = 'key' AND c.scope_id = of_key AND c.period IN ('total', s.day, s.week, s.month)),
    'keyHeldNanoUsd', s.key_held::text, 'blocked', gate.blocked(s, now_ms));
END $$;

CREATE FUNCTION gate.find_key(hash text) RETURNS jsonb LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
RETURN (
  SELECT jsonb_build_object('accountId', k.account_id, 'workspaceId', k.workspace_id, 'keyId', k.key_id,
    'timeZone', (SELECT a.time_zone FROM gate.accounts AS a WHERE a.account_id = k.account_id))
  FROM gate.keys AS k WHERE k.key_hash = hash
);

CREATE FUNCTION gate.is_hold_open(of_account uuid, of_hold uuid) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
RETURN EXISTS (SELECT FROM gate.holds AS h WHERE h.account_id = of_account AND h.hold_id = of_hold AND NOT h.final);

CREATE FUNCTION gate.list_accounts(after_id uuid, at_most integer) RETURNS jsonb LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
RETURN (
  SELECT coalesce(jsonb_agg(page.account_id ORDER BY page.account_id), '[]')
  FROM (
    SELECT a.account_id FROM gate.accounts AS a
    WHERE after_id IS NULL OR a.account_id > after_id ORDER BY a.account_id LIMIT at_most
  ) AS page
);

CREATE FUNCTION gate.inspect(of_account uuid) RETURNS jsonb LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
RETURN (
  SELECT jsonb_build_object(
    'balance', jsonb_build_object('postedNanoUsd', a.posted_nano_usd::text, 'version', a.balance_version,
      'creditedNanoUsd', a.credited_nano_usd::text, 'spentNanoUsd', a.spent_nano_usd::text),
    'account', jsonb_build_object('status', a.status, 'timeZone', a.time_zone, 'concurrency', a.concurrency,
      'version', a.version),
    'workspaces', (
      SELECT coalesce(jsonb_agg(jsonb_build_object('workspaceId', w.workspace_id, 'status', w.status,
        'monthlyBudgetNanoUsd', w.monthly_budget_nano_usd::text, 'version', w.version) ORDER BY w.workspace_id), '[]')
      FROM gate.workspaces AS w WHERE w.account_id = a.account_id),
    'keys', (
      SELECT coalesce(jsonb_agg(gate.key_view(k) ORDER BY k.key_id), '[]')
      FROM gate.keys AS k WHERE k.account_id = a.account_id),
    'periods', (
      SELECT coalesce(jsonb_agg(jsonb_build_object('scope', c.scope, 'scopeId', c.scope_id, 'period', c.period,
        'spentNanoUsd', c.spent_nano_usd::text, 'version', c.version) ORDER BY c.scope, c.scope_id, c.period), '[]')
      FROM gate.period_counters AS c WHERE c.account_id = a.account_id AND c.version IS NOT NULL),
    'heldNanoUsd', a.held_nano_usd::text,
    'running', a.running,
    'holds', (
      SELECT coalesce(jsonb_agg(gate.hold_view(h) ORDER BY h.hold_id), '[]')
      FROM gate.holds AS h WHERE h.account_id = a.account_id),
    'heldByPeriod', (
      SELECT coalesce(jsonb_agg(jsonb_build_object('scope', c.scope, 'scopeId', c.scope_id, 'period', c.period,
        'heldNanoUsd', c.held_nano_usd::text) ORDER BY c.scope, c.scope_id, c.period), '[]')
      FROM (
        SELECT p.scope, p.scope_id, p.period, p.held_nano_usd FROM gate.period_counters AS p
        WHERE p.account_id = a.account_id
        UNION ALL
        SELECT 'key', m.key_id, 'total', m.held_nano_usd
        FROM gate.keys AS k JOIN gate.key_meters AS m USING (key_id) WHERE k.account_id = a.account_id
      ) AS c WHERE c.held_nano_usd > 0))
  FROM gate.accounts AS a WHERE a.account_id = of_account
);
`;
