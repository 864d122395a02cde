import type { AuditPart } from './audit.domain.js';
import { add, first, rows } from './tampering.domain.js';
import { usageTables } from './usage-specimen.factory.js';

const SUMS = ['requests', 'charge_nano_usd', 'written_off_nano_usd', 'absorbed_nano_usd'].concat([
  'input_tokens',
  'output_tokens',
  'cached_input_tokens',
  'reasoning_tokens',
]);

const tokens = (part: string): string => `coalesce(sum((usage->>'${part}')::bigint), 0)`;
const summed = SUMS.map((name) => `sum(${name}) AS ${name}`).join(', ');

/**
 * What the rollups have to say, from the holds themselves. Holds that say the same of all that is counted by are summed
 * first: each of them would be eight rows or more.
 */
const OF_HOLDS = `
SELECT account_id, facet, day, value, ${summed}
FROM (SELECT account_id, workspace_id, key_id, model_id, end_user, usage_app(app) AS app, tags, period_day AS day,
    CASE state WHEN 'expired' THEN 'expired' ELSE outcome END AS outcome,
    count(*) AS requests, sum(charge_nano_usd) AS charge_nano_usd, sum(written_off_nano_usd) AS written_off_nano_usd,
    coalesce(sum(absorbed_nano_usd), 0) AS absorbed_nano_usd,
    ${tokens('input')} AS input_tokens, ${tokens('output')} AS output_tokens,
    ${tokens('cacheRead')} AS cached_input_tokens, ${tokens('reasoning')} AS reasoning_tokens
  FROM holds WHERE state <> 'open' GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9) AS h
CROSS JOIN LATERAL (
  VALUES ('account', ''), ('workspace', h.workspace_id::text), ('key', h.key_id::text),
    ('model', coalesce(h.model_id, '')), ('user', coalesce(h.end_user, '')), ('app', h.app), ('outcome', h.outcome)
  UNION ALL SELECT DISTINCT 'tag', jsonb_array_elements_text(h.tags)
) AS f (facet, value)
GROUP BY account_id, facet, day, value`;

const OF_HOURS = `SELECT account_id, facet, day, value, ${summed} FROM usage_hours GROUP BY account_id, facet, day, value`;

/** Users and tags have no hours. */
const DAYS_OF_HOURS = "SELECT * FROM usage_days WHERE facet NOT IN ('user', 'tag')";

const MONTHS_OF_DAYS = `SELECT account_id, facet, left(day, 7) AS day, value, ${summed} FROM usage_days
  GROUP BY account_id, facet, left(day, 7), value`;

const MONTHS = `SELECT account_id, facet, month AS day, value, ${SUMS.join(', ')} FROM usage_months`;

const said = (alias: string): string => SUMS.map((name) => `coalesce(${alias}.${name}, 0)`).join(` || '/' || `);
const differs = SUMS.map((name) => `coalesce(s.${name}, 0) <> coalesce(u.${name}, 0)`).join(' OR ');

/** Told as requests/charge/written off/absorbed/input/output/cached/reasoning. */
function compared(tables: { readonly of: string; readonly stand: string; readonly sums: string }): string {
  return `SELECT '${tables.of}/' || coalesce(u.account_id, s.account_id) || '/' || coalesce(u.facet, s.facet) || '/'
      || coalesce(u.day, s.day) || '/' || coalesce(u.value, s.value) AS row,
    ${said('s')} AS expected, ${said('u')} AS found
  FROM (${tables.stand}) AS u
  FULL JOIN (${tables.sums}) AS s
    ON s.account_id = u.account_id AND s.facet = u.facet AND s.day = u.day AND s.value = u.value
  WHERE ${differs}`;
}

/** Reports of usage say what the holds say: what customers are shown is what they were charged. */
export const usagePart: AuditPart = {
  specimen: usageTables(),
  checks: [
    {
      invariant: '8 usage of a day is the sum of its holds',
      description: 'Reports of usage say what the holds say, by key, model, user, tag, app and outcome.',
      tamperings: [
        { kind: 'the usage of a day was lowered', apply: rows('usage_days', first, add('charge_nano_usd', -1n)) },
      ],
      text: compared({ of: 'usage_days', stand: 'SELECT * FROM usage_days', sums: OF_HOLDS }),
    },
    {
      invariant: '8 usage of a day is the sum of its hours',
      description: 'The hours of a report of usage add up to its days.',
      tamperings: [
        {
          kind: 'a request was taken out of the usage of an hour',
          apply: rows('usage_hours', first, add('requests', -1n)),
        },
      ],
      text: compared({ of: 'usage_days', stand: DAYS_OF_HOURS, sums: OF_HOURS }),
    },
    {
      invariant: '8 usage of a month is the sum of its days',
      description: 'The days of a report of usage add up to its months.',
      tamperings: [
        { kind: 'the usage of a month was raised', apply: rows('usage_months', first, add('output_tokens', 1n)) },
      ],
      text: compared({ of: 'usage_months', stand: MONTHS, sums: MONTHS_OF_DAYS }),
    },
  ],
};
