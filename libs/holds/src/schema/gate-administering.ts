/** What billing alone may do: apply, load, and the reaper's part. */
export const gateAdministering = `
-- Keys and workspaces in one commit, absolute and each only if newer; a new key starts with full buckets.
CREATE FUNCTION gate.apply_limits(of_account uuid, workspaces jsonb, keys jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO gate.workspaces AS known (workspace_id, account_id, status, monthly_budget_nano_usd, version)
  SELECT DISTINCT ON (w."workspaceId")
    w."workspaceId", of_account, w.status, w."monthlyBudgetNanoUsd", w.version
  FROM jsonb_to_recordset(workspaces)
    AS w ("workspaceId" uuid, status text, "monthlyBudgetNanoUsd" bigint, version bigint)
  ORDER BY w."workspaceId", w.version DESC
  ON CONFLICT ON CONSTRAINT workspaces_pk DO UPDATE SET status = excluded.status,
    monthly_budget_nano_usd = excluded.monthly_budget_nano_usd, version = excluded.version
  WHERE known.version < excluded.version AND known.account_id = of_account;

  INSERT INTO gate.keys AS known (key_id, account_id, workspace_id, key_hash, status, expires_at, requests_per_minute,
    tokens_per_minute, concurrency, daily_cap_nano_usd, weekly_cap_nano_usd, monthly_cap_nano_usd, models, version)
  SELECT DISTINCT ON (k."keyId")
    k."keyId", of_account, k."workspaceId", k."keyHash", k.status, gate.from_ms(k."expiresAt"), k."requestsPerMinute",
    k."tokensPerMinute", k.concurrency, k."dailyCapNanoUsd", k."weeklyCapNanoUsd", k."monthlyCapNanoUsd",
    k.models, k.version
  FROM jsonb_to_recordset(keys) AS k ("keyId" uuid, "workspaceId" uuid, "keyHash" text, status text,
    "expiresAt" bigint, "requestsPerMinute" bigint, "tokensPerMinute" bigint, concurrency integer,
    "dailyCapNanoUsd" bigint, "weeklyCapNanoUsd" bigint, "monthlyCapNanoUsd" bigint, models text[], version bigint)
  ORDER BY k."keyId", k.version DESC
  ON CONFLICT ON CONSTRAINT keys_pk DO UPDATE SET workspace_id = excluded.workspace_id, key_hash = excluded.key_hash,
    status = excluded.status, expires_at = excluded.expires_at, requests_per_minute = excluded.requests_per_minute,
    tokens_per_minute = excluded.tokens_per_minute, concurrency = excluded.concurrency,
    daily_cap_nano_usd = excluded.daily_cap_nano_usd, weekly_cap_nano_usd = excluded.weekly_cap_nano_usd,
    monthly_cap_nano_usd = excluded.monthly_cap_nano_usd, models = excluded.models, version = excluded.version
  WHERE known.version < excluded.version AND known.account_id = of_account;

  INSERT INTO gate.key_meters (key_id) SELECT DISTINCT (k->>'keyId')::uuid FROM jsonb_array_elements(keys) AS k
  ON CONFLICT ON CONSTRAINT key_meters_pk DO NOTHING;
END $$;

CREATE FUNCTION gate.apply_periods(of_account uuid, periods jsonb, now_ms bigint) RETURNS void LANGUAGE sql
BEGIN ATOMIC
  INSERT INTO gate.period_counters AS known (scope, scope_id, period, account_id, spent_nano_usd, version, updated_at)
  SELECT DISTINCT ON (p.scope, p."scopeId", p.period)
    p.scope, p."scopeId", p.period, of_account, p."spentNanoUsd", p.version, gate.from_ms(now_ms)
  FROM jsonb_to_recordset(periods)
    AS p (scope text, "scopeId" uuid, period text, "spentNanoUsd" bigint, version bigint)
  ORDER BY p.scope, p."scopeId", p.period, p.version DESC
  ON CONFLICT ON CONSTRAINT period_counters_pk DO UPDATE SET spent_nano_usd = excluded.spent_nano_usd,
    version = excluded.version, updated_at = excluded.updated_at
  WHERE coalesce(known.version < excluded.version, true) AND known.account_id = of_account;
END;

-- Makes the row of an account that is new, which takes both its own part and its balance. True when it was new.
CREATE FUNCTION gate.insert_account(of_account uuid, account jsonb, balance jsonb) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO gate.accounts (account_id, status, time_zone, concurrency, version, posted_nano_usd, balance_version,
    credited_nano_usd, spent_nano_usd)
  VALUES (of_account, account->>'status', account->>'timeZone', (account->>'concurrency')::integer,
    (account->>'version')::bigint, (balance->>'postedNanoUsd')::bigint, (balance->>'version')::bigint,
    (balance->>'creditedNanoUsd')::bigint, (balance->>'spentNanoUsd')::bigint)
  ON CONFLICT ON CONSTRAINT accounts_pk DO NOTHING;
  RETURN FOUND;
END $$;

CREATE FUNCTION gate.apply_change(change jsonb, now_ms bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  of_account uuid := change->>'accountId';
  account jsonb := change->'account';
  balance jsonb := change->'balance';
BEGIN
  IF account IS NOT NULL AND balance IS NOT NULL THEN
    PERFORM gate.insert_account(of_account, account, balance);
  END IF;
  IF balance IS NOT NULL THEN
    UPDATE gate.accounts AS a SET posted_nano_usd = (balance->>'postedNanoUsd')::bigint,
      balance_version = (balance->>'version')::bigint, credited_nano_usd = (balance->>'creditedNanoUsd')::bigint,
      spent_nano_usd = (balance->>'spentNanoUsd')::bigint
    WHERE a.account_id = of_account AND a.balance_version < (balance->>'version')::bigint;
  END IF;
  IF account IS NOT NULL THEN
    UPDATE gate.accounts AS a SET status = account->>'status', time_zone = account->>'timeZone',
      concurrency = (account->>'concurrency')::integer, version = (account->>'version')::bigint
    WHERE a.account_id = of_account AND a.version < (account->>'version')::bigint;
  END IF;
  IF NOT EXISTS (SELECT FROM gate.accounts AS a WHERE a.account_id = of_account) THEN
    RETURN;
  END IF;
  IF change ?| ARRAY['workspaces', 'keys'] THEN
    PERFORM gate.apply_limits(of_account, coalesce(change->'workspaces', '[]'), coalesce(change->'keys', '[]'));
  END IF;
  IF change ? 'periods' THEN
    PERFORM gate.apply_periods(of_account, change->'periods', now_ms);
  END IF;
END $$;

-- Absolute, and each part only if newer than what is here: duplicated and reordered deliveries change nothing. Holds
-- are closed with the balance in one transaction: one before the other would deduct twice, or admit too much.
CREATE FUNCTION gate.apply(changes jsonb) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
DECLARE
  change jsonb;
  now_ms bigint;
  account_ids uuid[];
  hold_ids uuid[];
BEGIN
  PERFORM gate.lock_accounts(ARRAY(SELECT (c->>'accountId')::uuid FROM jsonb_array_elements(changes) AS c));
  now_ms := gate.now_ms();
  FOR change IN SELECT value FROM jsonb_array_elements(changes) ORDER BY value->>'accountId' LOOP
    PERFORM gate.apply_change(change, now_ms);
  END LOOP;
  SELECT array_agg((c->>'accountId')::uuid), array_agg(closed::uuid) INTO account_ids, hold_ids
  FROM jsonb_array_elements(changes) AS c, jsonb_array_elements_text(c->'closed') AS closed;
  IF hold_ids IS NOT NULL THEN
    PERFORM gate.close_holds(account_ids, hold_ids, now_ms);
  END IF;
END $$;

CREATE FUNCTION gate.load(snapshot jsonb) RETURNS text LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1500ms' SET enable_seqscan = off AS $$
DECLARE
  of_account uuid := snapshot->>'accountId';
  now_ms bigint := gate.now_ms();
  hold jsonb;
  s gate.standing;
BEGIN
  IF (snapshot->>'epoch')::integer <> (SELECT e.epoch FROM gate.epochs AS e WHERE e.singleton) THEN
    RETURN 'other_epoch';
  END IF;
  IF NOT gate.insert_account(of_account, snapshot->'account', snapshot->'balance') THEN
    RETURN 'exists';
  END IF;
  PERFORM gate.apply_limits(of_account, snapshot->'workspaces', snapshot->'keys');
  PERFORM gate.apply_periods(of_account, snapshot->'periods', now_ms);
  FOR hold IN SELECT value FROM jsonb_array_elements(snapshot->'holds') LOOP
    IF NOT gate.has_tombstone(of_account, (hold->>'holdId')::uuid, now_ms) THEN
      s := gate.standing_of_hold(hold, now_ms);
      PERFORM gate.insert_hold(hold, s, now_ms, (snapshot->>'epoch')::integer);
    END IF;
  END LOOP;
  RETURN 'loaded';
END $$;
`;
