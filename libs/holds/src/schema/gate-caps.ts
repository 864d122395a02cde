/** What is left of each cap and of the slots, beside the figures that every reply carries. */
export const gateCaps = `
-- Null without a cap. What is left may be below 0: a cap can be lowered below what is spent.
CREATE FUNCTION gate.cap(cap bigint, used bigint) RETURNS jsonb LANGUAGE sql IMMUTABLE
RETURN CASE WHEN cap IS NOT NULL THEN
  jsonb_build_object('limitNanoUsd', cap::text, 'remainingNanoUsd', (cap - used)::text)
END;

CREATE OR REPLACE FUNCTION gate.figures(s gate.standing) RETURNS jsonb LANGUAGE sql IMMUTABLE
RETURN jsonb_build_object('postedNanoUsd', s.posted::text, 'heldNanoUsd', s.held::text,
  'creditedNanoUsd', s.credited::text, 'spentNanoUsd', s.spent::text,
  'keyCapRemainingNanoUsd', gate.key_cap_left(s)::text,
  'caps', jsonb_build_object('daily', gate.cap(s.daily_cap, s.day_used), 'weekly', gate.cap(s.weekly_cap, s.week_used),
    'monthly', gate.cap(s.monthly_cap, s.month_used), 'workspace', gate.cap(s.budget, s.budget_used)),
  'requests', gate.bucket(s.requests_level, s.requests_limit),
  'tokens', gate.bucket(s.tokens_level, s.tokens_limit),
  -- greatest() leaves a null out; a key without a limit in an account without one has none.
  'concurrencyRemaining', CASE WHEN s.key_concurrency IS NOT NULL OR s.account_concurrency IS NOT NULL THEN
    greatest(least(s.key_concurrency - s.key_running, s.account_concurrency - s.account_running), 0) END);

CREATE OR REPLACE FUNCTION gate.account_figures(of_account uuid) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
  RETURN (SELECT jsonb_build_object('postedNanoUsd', a.posted_nano_usd::text, 'heldNanoUsd', a.held_nano_usd::text,
    'creditedNanoUsd', a.credited_nano_usd::text, 'spentNanoUsd', a.spent_nano_usd::text,
    'keyCapRemainingNanoUsd', NULL,
    'caps', jsonb_build_object('daily', NULL, 'weekly', NULL, 'monthly', NULL, 'workspace', NULL),
    'requests', gate.bucket(0, 0), 'tokens', gate.bucket(0, 0), 'concurrencyRemaining', NULL)
    FROM gate.accounts AS a WHERE a.account_id = of_account);
END $$;

REVOKE EXECUTE ON FUNCTION gate.cap(bigint, bigint) FROM PUBLIC;
`;
