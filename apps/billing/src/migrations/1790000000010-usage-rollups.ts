import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What was used, summed up by the hour, and by the customer's own day and month, so that a year is read in milliseconds. The sums
 * are moved by triggers on `holds`, in the transaction and by the statement that ends the holds: whoever ends them
 * (settlement, late settlement, reaper), the sums and the holds say the same.
 */
export class UsageRollups1790000000010 implements MigrationInterface {
  readonly name = 'UsageRollups1790000000010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    await runner.query(APP_NAME);
    await runner.query(TRIGGERS);
    await runner.query(countUsage('billing.holds', null));
  }

  /** Forward only: a schema with money in it is mended by a further migration. */
  down(): Promise<void> {
    return Promise.reject(new Error('billing migrations go forward only'));
  }
}

const MEASURES = `requests bigint NOT NULL,
  charge_nano_usd bigint NOT NULL,
  written_off_nano_usd bigint NOT NULL,
  absorbed_nano_usd bigint NOT NULL,
  input_tokens bigint NOT NULL,
  output_tokens bigint NOT NULL,
  cached_input_tokens bigint NOT NULL,
  reasoning_tokens bigint NOT NULL`;

const FACET = `facet text COLLATE "C" NOT NULL CONSTRAINT %_facet_known
    CHECK (facet IN ('account', 'workspace', 'key', 'model', 'outcome', 'user', 'app', 'tag'))`;

/**
 * Each ended hold counts once in every facet (once per tag in `tag`). A row of one facet knows nothing of the others:
 * the number of rows grows with the values of each, not with their combinations. Users and tags have no hours: their
 * values are whatever clients write, and nearly every request would be a row of its own.
 */
const TABLES = `
-- Where the cache premium is absorbed, holds tell it; older ones have none.
ALTER TABLE holds ADD COLUMN IF NOT EXISTS absorbed_nano_usd bigint NOT NULL DEFAULT 0;
CREATE TABLE usage_hours (
  account_id uuid NOT NULL,
  ${FACET.replace('%', 'usage_hours')},
  -- The hour of UTC in which the hold was admitted.
  hour timestamptz NOT NULL,
  -- The account's own day, as the hold's caps count it. Where midnight is no full hour of UTC, one hour has two rows.
  day text COLLATE "C" NOT NULL,
  -- Empty for the facet account, and where the request named none.
  value text COLLATE "C" NOT NULL,
  ${MEASURES},
  CONSTRAINT usage_hours_pk PRIMARY KEY (account_id, facet, hour, day, value)
) WITH (fillfactor = 80);
CREATE TABLE usage_days (
  account_id uuid NOT NULL,
  ${FACET.replace('%', 'usage_days')},
  day text COLLATE "C" NOT NULL,
  value text COLLATE "C" NOT NULL,
  ${MEASURES},
  CONSTRAINT usage_days_pk PRIMARY KEY (account_id, facet, day, value)
) WITH (fillfactor = 80);
CREATE TABLE usage_months (
  account_id uuid NOT NULL,
  ${FACET.replace('%', 'usage_months')},
  month text COLLATE "C" NOT NULL,
  value text COLLATE "C" NOT NULL,
  ${MEASURES},
  CONSTRAINT usage_months_pk PRIMARY KEY (account_id, facet, month, value)
) WITH (fillfactor = 80);
REVOKE DELETE, TRUNCATE ON usage_hours, usage_days, usage_months FROM billing_app;
`;

/** An app is called by its title; one that sends none, by the origin of its page: paths and queries would be many. */
const APP_NAME = `
CREATE FUNCTION usage_app(app jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(nullif(app->>'title', ''), substring(app->>'referer' FROM '^[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]+'),
    nullif(app->>'referer', ''), '')
$$;
`;

const COUNTED = `account_id, workspace_id, key_id, model_id, state, outcome, end_user, billing.usage_app(app) AS app, tags,
  date_trunc('hour', opened_at, 'UTC') AS hour, period_day, charge_nano_usd, written_off_nano_usd, absorbed_nano_usd,
  coalesce((usage->>'input')::bigint, 0) AS input, coalesce((usage->>'output')::bigint, 0) AS output,
  coalesce((usage->>'cacheRead')::bigint, 0) AS cached, coalesce((usage->>'reasoning')::bigint, 0) AS reasoning`;

const SUMS = ['requests', 'charge_nano_usd', 'written_off_nano_usd', 'absorbed_nano_usd', 'input_tokens'].concat([
  'output_tokens',
  'cached_input_tokens',
  'reasoning_tokens',
]);

const spanSums = SUMS.map((name) => `sum(${name}) AS ${name}`).join(', ');
const anySpanSum = SUMS.map((name) => `sum(${name}) <> 0`).join(' OR ');
const anyHour = SUMS.map((name) => `${name} <> 0`).join(' OR ');
const names = SUMS.join(', ');
const raise = (alias: string): string => SUMS.map((name) => `${name} = ${alias}.${name} + excluded.${name}`).join(', ');

/** One statement for all holds of `added`; those of `taken` (what stood before) count back. */
function countUsage(added: string, taken: string | null): string {
  const before = taken === null ? '' : `UNION ALL SELECT -1, ${COUNTED} FROM ${taken} WHERE state <> 'open'`;
  return `
  WITH counted AS MATERIALIZED (
    SELECT account_id, facet, hour, period_day AS day, value,
      sum(sign) AS requests, sum(sign * charge_nano_usd) AS charge_nano_usd,
      sum(sign * written_off_nano_usd) AS written_off_nano_usd, sum(sign * absorbed_nano_usd) AS absorbed_nano_usd,
      sum(sign * input) AS input_tokens, sum(sign * output) AS output_tokens,
      sum(sign * cached) AS cached_input_tokens, sum(sign * reasoning) AS reasoning_tokens
    -- OFFSET keeps the documents from being read once for every facet.
    FROM (SELECT 1 AS sign, ${COUNTED} FROM ${added} WHERE state <> 'open' ${before} OFFSET 0) AS h
    CROSS JOIN LATERAL (
      VALUES ('account', ''), ('workspace', h.workspace_id::text), ('key', h.key_id::text),
        ('model', coalesce(h.model_id, '')), ('user', coalesce(h.end_user, '')), ('app', h.app),
        ('outcome', CASE h.state WHEN 'expired' THEN 'expired' ELSE h.outcome END)
      UNION ALL SELECT DISTINCT 'tag', tag FROM jsonb_array_elements_text(h.tags) AS tag
    ) AS f (facet, value)
    GROUP BY account_id, facet, hour, day, value
  ), by_hour AS (
    INSERT INTO billing.usage_hours AS u (account_id, facet, hour, day, value, ${names})
    SELECT account_id, facet, hour, day, value, ${names} FROM counted
    WHERE facet NOT IN ('user', 'tag') AND (${anyHour})
    ON CONFLICT (account_id, facet, hour, day, value) DO UPDATE SET ${raise('u')}
  ), by_day AS (
    INSERT INTO billing.usage_days AS u (account_id, facet, day, value, ${names})
    SELECT account_id, facet, day, value, ${spanSums} FROM counted
    GROUP BY account_id, facet, day, value HAVING ${anySpanSum}
    ON CONFLICT (account_id, facet, day, value) DO UPDATE SET ${raise('u')}
  )
  INSERT INTO billing.usage_months AS u (account_id, facet, month, value, ${names})
  SELECT account_id, facet, left(day, 7), value, ${spanSums} FROM counted
  GROUP BY account_id, facet, left(day, 7), value HAVING ${anySpanSum}
  ON CONFLICT (account_id, facet, month, value) DO UPDATE SET ${raise('u')}`;
}

/** An upsert of holds is an insert and an update: each trigger sees its own rows. Holds that only open move nothing. */
const TRIGGERS = `
CREATE FUNCTION count_usage_of_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM added WHERE state <> 'open') THEN ${countUsage('added', null)};
  END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION count_usage_of_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM added WHERE state <> 'open') THEN ${countUsage('added', 'taken')};
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER holds_count_usage_of_inserted AFTER INSERT ON holds
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_usage_of_inserted();
CREATE TRIGGER holds_count_usage_of_updated AFTER UPDATE ON holds
  REFERENCING OLD TABLE AS taken NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_usage_of_updated();
`;
