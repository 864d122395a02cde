/** `admit`: everything is checked before anything is written, so that a refusal leaves nothing behind. */
export const gateAdmission = `
CREATE FUNCTION gate.picked(candidate jsonb, now_ms bigint) RETURNS text LANGUAGE sql IMMUTABLE
RETURN CASE WHEN now_ms < (candidate->>'boundaryAt')::bigint THEN candidate->>'current' ELSE candidate->>'next' END;

-- Why nothing is admitted for this key at all; null when nothing blocks it.
CREATE FUNCTION gate.blocked(s gate.standing, now_ms bigint) RETURNS text LANGUAGE sql STABLE
RETURN CASE
  WHEN s.key_status = 'revoked' THEN 'key_revoked'
  WHEN s.key_status = 'disabled' THEN 'key_disabled'
  WHEN s.key_expires_at <= gate.from_ms(now_ms) THEN 'key_expired'
  WHEN s.workspace_status = 'disabled' THEN 'workspace_disabled'
  WHEN s.account_status = 'suspended' THEN 'account_suspended'
END;

-- Money comes before rates: who has to top up is not told to try again in a second.
CREATE FUNCTION gate.money_refusal(s gate.standing, least_amount bigint) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF s.posted - s.held < least_amount THEN
    RETURN jsonb_build_object('reason', 'balance', 'availableNanoUsd', greatest(s.posted - s.held, 0)::text);
  ELSIF s.daily_cap - s.day_used < least_amount THEN
    RETURN jsonb_build_object('reason', 'key_cap', 'period', 'daily',
      'availableNanoUsd', greatest(s.daily_cap - s.day_used, 0)::text);
  ELSIF s.weekly_cap - s.week_used < least_amount THEN
    RETURN jsonb_build_object('reason', 'key_cap', 'period', 'weekly',
      'availableNanoUsd', greatest(s.weekly_cap - s.week_used, 0)::text);
  ELSIF s.monthly_cap - s.month_used < least_amount THEN
    RETURN jsonb_build_object('reason', 'key_cap', 'period', 'monthly',
      'availableNanoUsd', greatest(s.monthly_cap - s.month_used, 0)::text);
  ELSIF s.budget - s.budget_used < least_amount THEN
    RETURN jsonb_build_object('reason', 'workspace_budget',
      'availableNanoUsd', greatest(s.budget - s.budget_used, 0)::text);
  END IF;
  RETURN NULL;
END $$;

-- Until a bucket has so much; a request larger than the whole bucket never fits and is told the full minute.
CREATE FUNCTION gate.bucket_refusal(reason text, level bigint, bucket_limit bigint, amount bigint) RETURNS jsonb
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN level < amount * 60000 THEN
  jsonb_build_object('reason', reason, 'limit', bucket_limit, 'retryAfterMs',
    CASE WHEN amount > bucket_limit THEN 60000
      ELSE (amount * 60000 - level + bucket_limit - 1) / bucket_limit END)
END;

CREATE FUNCTION gate.rate_refusal(s gate.standing, tokens bigint) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF s.key_running >= s.key_concurrency THEN
    RETURN jsonb_build_object('reason', 'key_concurrency', 'limit', s.key_concurrency);
  ELSIF s.account_running >= s.account_concurrency THEN
    RETURN jsonb_build_object('reason', 'account_concurrency', 'limit', s.account_concurrency);
  END IF;
  RETURN coalesce(
    gate.bucket_refusal('requests_per_minute', s.requests_level, s.requests_limit, 1),
    gate.bucket_refusal('tokens_per_minute', s.tokens_level, s.tokens_limit, tokens)
  );
END $$;

CREATE FUNCTION gate.granted(h gate.holds, s gate.standing) RETURNS jsonb LANGUAGE sql STABLE
RETURN jsonb_build_object('outcome', 'granted', 'grantedNanoUsd', h.granted_nano_usd::text,
  'admittedAt', gate.to_ms(h.opened_at), 'periods', jsonb_build_object('day', h.day, 'week', h.week, 'month', h.month),
  'epoch', h.epoch, 'workspaceId', h.workspace_id, 'models', to_jsonb(s.models), 'left', gate.figures(s));

CREATE FUNCTION gate.admit(request jsonb, now_ms bigint, epoch integer) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  of_account uuid := request->>'accountId';
  of_hold uuid := request->>'holdId';
  least_amount bigint := request->>'leastNanoUsd';
  tokens bigint := request->>'tokens';
  s gate.standing;
  h gate.holds;
  refusal jsonb;
BEGIN
  IF gate.has_tombstone(of_account, of_hold, now_ms) THEN
    RETURN jsonb_build_object('outcome', 'gone');
  END IF;
  SELECT * INTO h FROM gate.holds AS known WHERE known.account_id = of_account AND known.hold_id = of_hold;
  IF h.hold_id IS NOT NULL THEN
    IF h.marked_at IS NOT NULL THEN
      RETURN jsonb_build_object('outcome', 'gone');
    END IF;
    RETURN gate.granted(h, gate.standing_of(
      of_account, h.key_id, h.workspace_id, h.day, h.week, h.month, now_ms, request->'defaults'));
  END IF;
  s := gate.standing_of(of_account, (request->>'keyId')::uuid, NULL,
    gate.picked(request#>'{periods,day}', now_ms), gate.picked(request#>'{periods,week}', now_ms),
    gate.picked(request#>'{periods,month}', now_ms), now_ms, request->'defaults');
  IF s.key_id IS NULL THEN
    RETURN jsonb_build_object('outcome', 'not_loaded');
  END IF;
  IF gate.blocked(s, now_ms) IS NOT NULL THEN
    refusal := jsonb_build_object('reason', gate.blocked(s, now_ms));
  ELSE
    refusal := coalesce(gate.money_refusal(s, least_amount), gate.rate_refusal(s, tokens));
  END IF;
  IF refusal IS NOT NULL THEN
    RETURN jsonb_build_object('outcome', 'refused', 'refusal', refusal, 'left', gate.figures(s));
  END IF;
  h.amount_nano_usd := least((request->>'amountNanoUsd')::bigint, gate.room(s));
  s.requests_level := s.requests_level - 60000;
  s := gate.take_tokens(gate.add_held(s, h.amount_nano_usd, 1), tokens);
  PERFORM gate.write_standing(s, h.amount_nano_usd, now_ms);
  INSERT INTO gate.holds (account_id, hold_id, key_id, workspace_id, amount_nano_usd, granted_nano_usd, day, week, month,
    opened_at, expires_at, final, tokens, tokens_at, epoch)
  VALUES (of_account, of_hold, s.key_id, s.workspace_id, h.amount_nano_usd, h.amount_nano_usd, s.day, s.week, s.month,
    gate.from_ms(now_ms), gate.from_ms(now_ms + (request->>'expiryMs')::bigint), false, tokens,
    gate.from_ms(now_ms), epoch)
  RETURNING * INTO h;
  RETURN gate.granted(h, s);
END $$;
`;
