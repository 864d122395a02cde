import type { AuditPart } from './audit.domain.js';
import { add, first, rows, set } from './tampering.domain.js';

/** Summed by day first: a hold counts in eight counters, a day of a key in eight too. */
const CHARGED_PERIODS = `
SELECT h.account_id, s.scope, s.scope_id, p.period, sum(h.charged) AS spent
FROM (SELECT account_id, key_id, workspace_id, period_day, period_week, period_month, sum(charge_nano_usd) AS charged
  FROM holds WHERE charge_nano_usd > 0
  GROUP BY account_id, key_id, workspace_id, period_day, period_week, period_month) AS h
CROSS JOIN LATERAL (VALUES ('key', h.key_id), ('workspace', h.workspace_id)) AS s (scope, scope_id)
CROSS JOIN LATERAL (VALUES ('total'), (h.period_day), (h.period_week), (h.period_month)) AS p (period)
GROUP BY h.account_id, s.scope, s.scope_id, p.period`;

/** The first instant of a period in a time zone. */
const PERIOD_START = `(CASE
  WHEN s.period ~ '^\\d{4}-W' THEN to_date(s.period, 'IYYY-"W"IW')
  WHEN s.period ~ '^\\d{4}-\\d{2}-' THEN to_date(s.period, 'YYYY-MM-DD')
  ELSE to_date(s.period, 'YYYY-MM') END)::timestamp AT TIME ZONE c.time_zone`;

/**
 * Spend per period and its caps: invariant 8. A cap counts where it stood for the whole period (or since the key began):
 * one that was lowered in between may lie below what had been spent before.
 */
export const spendPart: AuditPart = {
  specimen: {},
  checks: [
    {
      invariant: '8 spend of a period is the sum of its charges',
      description: 'The counters of keys and workspaces are the sums of the charges.',
      tamperings: [
        { kind: 'the spend of a period was lowered', apply: rows('period_spends', first, add('spent_nano_usd', -1n)) },
      ],
      text: `SELECT 'period_spends/' || coalesce(s.scope, c.scope) || '/' || coalesce(s.scope_id, c.scope_id) || '/'
        || coalesce(s.period, c.period) AS row,
      coalesce(c.spent, 0)::text AS expected, coalesce(s.spent_nano_usd, 0)::text AS found
    FROM period_spends s
    FULL JOIN (${CHARGED_PERIODS}) AS c ON c.scope = s.scope AND c.scope_id = s.scope_id AND c.period = s.period
    WHERE coalesce(c.spent, 0) <> coalesce(s.spent_nano_usd, 0)`,
    },
    {
      invariant: '8 spend of a key is within its cap',
      description: 'No key spent more in a period than its cap, where the cap stood for all of it.',
      tamperings: [
        { kind: 'a key spent more than its cap', apply: rows('api_keys', first, set({ monthly_cap_nano_usd: '559' })) },
      ],
      text: `SELECT 'period_spends/key/' || s.scope_id || '/' || s.period AS row, 'at most ' || cap.amount AS expected,
      s.spent_nano_usd::text AS found
    FROM period_spends s JOIN api_keys k ON k.key_id = s.scope_id JOIN accounts c ON c.account_id = k.account_id
    CROSS JOIN LATERAL (SELECT CASE WHEN s.period ~ '^\\d{4}-W' THEN k.weekly_cap_nano_usd
      WHEN s.period ~ '^\\d{4}-\\d{2}-' THEN k.daily_cap_nano_usd ELSE k.monthly_cap_nano_usd END AS amount) AS cap
    WHERE s.scope = 'key' AND s.period <> 'total' AND s.spent_nano_usd > cap.amount
      AND k.caps_since <= greatest(k.created_at, ${PERIOD_START})`,
    },
    {
      invariant: '8 spend of a workspace is within its budget',
      description: 'No workspace spent more in a month than its budget, where the budget stood for all of it.',
      tamperings: [
        {
          kind: 'a workspace spent more than its budget',
          apply: rows('workspaces', first, set({ monthly_budget_nano_usd: '559' })),
        },
      ],
      text: `SELECT 'period_spends/workspace/' || s.scope_id || '/' || s.period AS row,
      'at most ' || w.monthly_budget_nano_usd AS expected, s.spent_nano_usd::text AS found
    FROM period_spends s JOIN workspaces w ON w.workspace_id = s.scope_id JOIN accounts c ON c.account_id = w.account_id
    WHERE s.scope = 'workspace' AND s.period ~ '^\\d{4}-\\d{2}$' AND s.spent_nano_usd > w.monthly_budget_nano_usd
      AND w.budget_since <= greatest(w.created_at, ${PERIOD_START})`,
    },
  ],
};
