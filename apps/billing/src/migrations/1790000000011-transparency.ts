import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keys that sign receipts, alerts about spend, and the webhooks that tell them. */
export class Transparency1790000000011 implements MigrationInterface {
  readonly name = 'Transparency1790000000011';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(RECEIPT_KEYS);
    await runner.query(ALERTS);
    await runner.query(ALERT_TRIGGERS);
    await runner.query(BALANCE_TRIGGER);
    await runner.query(WEBHOOKS);
  }

  /** Forward only: a schema with money in it is mended by a further migration. */
  down(): Promise<void> {
    return Promise.reject(new Error('billing migrations go forward only'));
  }
}

const RECEIPT_KEYS = `
CREATE TABLE receipt_keys (
  kid text CONSTRAINT receipt_keys_pk PRIMARY KEY,
  -- Published for ever: a receipt of years ago is checked with the key of its day.
  public_jwk jsonb NOT NULL,
  -- Sealed with SECRETS_KEY where there is one; null once another key signs.
  private_jwk text,
  -- A new key is published for a while before it signs, so that kept copies of the set know it by then.
  signs_from timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
REVOKE DELETE, TRUNCATE ON receipt_keys FROM billing_app;
`;

const ALERTS = `
CREATE TABLE spend_alert_settings (
  account_id uuid CONSTRAINT spend_alert_settings_pk PRIMARY KEY
    CONSTRAINT spend_alert_settings_account_fk REFERENCES accounts,
  -- 0 = never.
  low_balance_nano_usd bigint NOT NULL
    CONSTRAINT spend_alert_settings_low_not_negative CHECK (low_balance_nano_usd >= 0)
);
CREATE TABLE spend_alerts (
  alert_id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT spend_alerts_pk PRIMARY KEY,
  account_id uuid NOT NULL CONSTRAINT spend_alerts_account_fk REFERENCES accounts,
  kind text NOT NULL CONSTRAINT spend_alerts_kind_known CHECK (kind IN ('key_cap', 'workspace_budget', 'balance_low')),
  -- The key, the workspace, or the account.
  scope_id uuid NOT NULL,
  -- A period as caps have it; of a low balance the version at which it fell.
  period text NOT NULL,
  threshold_percent integer NOT NULL,
  -- The cap or budget as it stood; of a low balance what it fell below. Another one is another alert.
  limit_nano_usd bigint NOT NULL,
  -- What was spent then; of a low balance what was left.
  amount_nano_usd bigint NOT NULL,
  found_at timestamptz NOT NULL DEFAULT now(),
  told_at timestamptz,
  CONSTRAINT spend_alerts_once UNIQUE (kind, scope_id, period, threshold_percent, limit_nano_usd)
);
CREATE INDEX spend_alerts_by_account ON spend_alerts (account_id, found_at DESC, alert_id);
CREATE INDEX spend_alerts_untold ON spend_alerts (found_at) WHERE told_at IS NULL;
REVOKE DELETE, TRUNCATE ON spend_alerts FROM billing_app;
`;

/**
 * Alerts are found where the counters move: in the transaction of the charge, once per limit, period and threshold by
 * their unique key, whoever charges and however often an event is delivered. Both sides are below 10^18: no overflow.
 */
const CHANGED_PERIODS = `
  INSERT INTO billing.spend_alerts (account_id, kind, scope_id, period, threshold_percent, limit_nano_usd, amount_nano_usd)
  SELECT c.account_id, 'key_cap', c.scope_id, c.period, t.percent, l.cap, c.spent_nano_usd
  FROM changed c JOIN billing.api_keys k ON k.key_id = c.scope_id
  CROSS JOIN LATERAL (SELECT CASE length(c.period) WHEN 10 THEN k.daily_cap_nano_usd WHEN 8 THEN k.weekly_cap_nano_usd
    WHEN 7 THEN k.monthly_cap_nano_usd END AS cap) AS l
  CROSS JOIN (VALUES (80), (100)) AS t (percent)
  WHERE c.scope = 'key' AND c.spent_nano_usd * 100 >= l.cap * t.percent
  UNION ALL
  SELECT c.account_id, 'workspace_budget', c.scope_id, c.period, t.percent, w.monthly_budget_nano_usd, c.spent_nano_usd
  FROM changed c JOIN billing.workspaces w ON w.workspace_id = c.scope_id
  CROSS JOIN (VALUES (80), (100)) AS t (percent)
  WHERE c.scope = 'workspace' AND length(c.period) = 7 AND w.monthly_budget_nano_usd > 0
    AND c.spent_nano_usd * 100 >= w.monthly_budget_nano_usd * t.percent
  ON CONFLICT DO NOTHING`;

/** A limit that is lowered to what is spent already refuses every request: no charge would ever find the alert. */
const ALERT_TRIGGERS = `
CREATE FUNCTION find_spend_alerts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN ${CHANGED_PERIODS};
  RETURN NULL;
END $$;
CREATE TRIGGER period_spends_alert_of_inserted AFTER INSERT ON period_spends
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION find_spend_alerts();
CREATE TRIGGER period_spends_alert_of_updated AFTER UPDATE ON period_spends
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION find_spend_alerts();
CREATE FUNCTION find_spend_alerts_of_limit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  today timestamp := now() AT TIME ZONE (SELECT time_zone FROM billing.accounts a WHERE a.account_id = NEW.account_id);
  scope_named text := TG_ARGV[0];
  scope_asked uuid := CASE scope_named WHEN 'key' THEN (to_jsonb(NEW)->>'key_id')::uuid
    ELSE (to_jsonb(NEW)->>'workspace_id')::uuid END;
BEGIN
  WITH changed AS (SELECT * FROM billing.period_spends p WHERE p.scope = scope_named AND p.scope_id = scope_asked
    AND p.period IN (to_char(today, 'YYYY-MM-DD'), to_char(today, 'IYYY-"W"IW'), to_char(today, 'YYYY-MM')))
  ${CHANGED_PERIODS};
  RETURN NULL;
END $$;
CREATE TRIGGER api_keys_alert_of_cap
  AFTER UPDATE OF daily_cap_nano_usd, weekly_cap_nano_usd, monthly_cap_nano_usd ON api_keys
  FOR EACH ROW WHEN ((OLD.daily_cap_nano_usd, OLD.weekly_cap_nano_usd, OLD.monthly_cap_nano_usd)
    IS DISTINCT FROM (NEW.daily_cap_nano_usd, NEW.weekly_cap_nano_usd, NEW.monthly_cap_nano_usd))
  EXECUTE FUNCTION find_spend_alerts_of_limit('key');
CREATE TRIGGER workspaces_alert_of_budget AFTER UPDATE OF monthly_budget_nano_usd ON workspaces
  FOR EACH ROW WHEN (OLD.monthly_budget_nano_usd IS DISTINCT FROM NEW.monthly_budget_nano_usd)
  EXECUTE FUNCTION find_spend_alerts_of_limit('workspace');
`;

/** A balance is low when it falls below the line; it is again when it has been above and falls once more. */
const BALANCE_TRIGGER = `
CREATE FUNCTION find_low_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO billing.spend_alerts (account_id, kind, scope_id, period, threshold_percent, limit_nano_usd, amount_nano_usd)
  SELECT n.account_id, 'balance_low', n.account_id, 'version ' || n.version, 0, l.line, n.posted_nano_usd
  FROM changed n JOIN before o ON o.account_id = n.account_id
  LEFT JOIN billing.spend_alert_settings s ON s.account_id = n.account_id
  CROSS JOIN LATERAL (SELECT coalesce(s.low_balance_nano_usd, 1000000000) AS line) AS l
  WHERE n.posted_nano_usd < l.line AND o.posted_nano_usd >= l.line
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER gate_balances_alert_of_low AFTER UPDATE ON gate_balances
  REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION find_low_balances();
`;

const WEBHOOKS = `
CREATE TABLE webhooks (
  webhook_id uuid CONSTRAINT webhooks_pk PRIMARY KEY,
  account_id uuid NOT NULL CONSTRAINT webhooks_account_fk REFERENCES accounts,
  url text NOT NULL CONSTRAINT webhooks_url_length CHECK (length(url) <= 2000),
  -- Null = all.
  events text[],
  -- Sealed with SECRETS_KEY where there is one; shown once.
  secret text NOT NULL,
  status text NOT NULL DEFAULT 'active'
    CONSTRAINT webhooks_status_known CHECK (status IN ('active', 'disabled', 'deleted')),
  -- Why we stopped, for people.
  disabled_reason text,
  failing_since timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX webhooks_by_account ON webhooks (account_id) WHERE status <> 'deleted';
CREATE TABLE webhook_deliveries (
  delivery_id uuid CONSTRAINT webhook_deliveries_pk PRIMARY KEY,
  webhook_id uuid NOT NULL CONSTRAINT webhook_deliveries_webhook_fk REFERENCES webhooks,
  -- Stays the same over all attempts and replays: receivers know by it what they have had.
  event_id text NOT NULL,
  event_type text NOT NULL,
  body text NOT NULL,
  state text NOT NULL DEFAULT 'pending'
    CONSTRAINT webhook_deliveries_state_known CHECK (state IN ('pending', 'delivered', 'failed')),
  -- Of this round: a replay begins a new one.
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  CONSTRAINT webhook_deliveries_once UNIQUE (webhook_id, event_id)
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_attempt_at) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (webhook_id, created_at DESC, delivery_id);
CREATE TABLE webhook_attempts (
  webhook_attempt_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT webhook_attempts_pk PRIMARY KEY,
  delivery_id uuid NOT NULL
    CONSTRAINT webhook_attempts_delivery_fk REFERENCES webhook_deliveries ON DELETE CASCADE,
  at timestamptz NOT NULL DEFAULT now(),
  -- Null when there was no answer.
  status integer,
  error text,
  duration_ms integer NOT NULL
);
CREATE INDEX webhook_attempts_of_delivery ON webhook_attempts (delivery_id, webhook_attempt_id);
`;
