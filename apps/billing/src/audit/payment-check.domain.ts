import type { AuditPart } from './audit.domain.js';
import { paymentTables } from './payment-specimen.factory.js';
import { add, first, remove, rows, set, where } from './tampering.domain.js';

/** A UUID that names nothing. */
const ABSENT = 'ffffffff-0000-7000-8000-000000000000';

/** Where money that came in has gone: invariants 1, 3 and 5 of orders, payments, suspense and free credit. */
export const paymentPart: AuditPart = {
  specimen: paymentTables(),
  checks: [
    {
      invariant: '1 suspense is what waits',
      description: "The ledger's suspense is the sum of what has arrived and has not left, in each currency.",
      tamperings: [
        {
          kind: 'money in suspense was forgotten',
          apply: rows('suspense_entries', first, set({ state: 'unmatched' })),
        },
      ],
      text: `SELECT 'suspense/' || coalesce(w.currency, s.currency) AS row, coalesce(w.amount, 0)::text AS expected,
      coalesce(s.amount, 0)::text AS found
    FROM (SELECT currency, sum(CASE currency WHEN 'USD' THEN minor_units * 10000000 ELSE minor_units END) AS amount
      FROM suspense_entries WHERE state NOT IN ('credited', 'returned') GROUP BY currency) AS w
    FULL JOIN (SELECT a.currency, sum(e.amount) AS amount FROM ledger_accounts a
      JOIN ledger_entries e ON e.ledger_account_id = a.ledger_account_id WHERE a.kind = 'suspense' GROUP BY a.currency) AS s
      ON s.currency = w.currency
    WHERE coalesce(w.amount, 0) <> coalesce(s.amount, 0)`,
    },
    {
      invariant: '3 a credited payment is its lot',
      description: 'Each payment that was credited has its lot: of the order that it paid, in its amount and currency.',
      tamperings: [
        { kind: 'a payment was raised', apply: rows('payments', first, add('minor_units', 1n)) },
        { kind: 'the lot of a payment was lost', apply: rows('payments', first, set({ lot_id: ABSENT })) },
      ],
      text: `SELECT 'payments/' || p.channel || '/' || p.payment_reference AS row,
      p.minor_units || ' ' || p.currency || ' for ' || coalesce(o.account_id::text, 'an order') AS expected,
      coalesce(l.paid_minor_units || ' ' || l.currency || ' for ' || l.account_id, 'no lot') AS found
    FROM payments p
    LEFT JOIN payment_orders o ON o.order_id = p.order_id
    LEFT JOIN lots l ON l.lot_id = p.lot_id AND l.kind = 'paid'
    WHERE p.disposition = 'credited' AND (l.account_id IS DISTINCT FROM o.account_id
      OR l.currency IS DISTINCT FROM p.currency OR l.paid_minor_units IS DISTINCT FROM p.minor_units
      OR o.currency IS DISTINCT FROM p.currency OR o.minor_units IS DISTINCT FROM p.minor_units
      OR l.credit_nano_usd IS DISTINCT FROM o.credit_nano_usd)`,
    },
    {
      invariant: '5 an order is paid once',
      description: 'An order that is paid was credited by exactly one payment; any other by none.',
      tamperings: [
        { kind: 'an order was paid by nothing', apply: rows('payments', first, remove) },
        { kind: 'a paid order was opened again', apply: rows('payment_orders', first, set({ state: 'pending' })) },
      ],
      text: `SELECT 'payment_orders/' || o.order_id AS row,
      CASE o.state WHEN 'paid' THEN '1' ELSE '0' END || ' payment credited' AS expected,
      coalesce(p.count, 0) || ' payment credited' AS found
    FROM payment_orders o
    LEFT JOIN (SELECT order_id, count(*) AS count FROM payments WHERE disposition = 'credited' GROUP BY order_id) AS p
      ON p.order_id = o.order_id
    WHERE coalesce(p.count, 0) <> CASE o.state WHEN 'paid' THEN 1 ELSE 0 END`,
    },
    {
      invariant: '3 what left suspense is a lot or went back',
      description: 'Money leaves suspense by two people: into a lot of its amount, or back under a number.',
      tamperings: [
        { kind: 'one person was two', apply: rows('suspense_entries', first, set({ approved_by: 'zhang' })) },
        {
          kind: 'money from suspense was credited to another account',
          apply: rows('suspense_entries', first, set({ account_id: ABSENT })),
        },
        {
          kind: 'money was sent back under no number',
          apply: rows('suspense_entries', where('state', 'returned'), set({ return_reference: null })),
        },
      ],
      text: `SELECT 'suspense_entries/' || s.suspense_id AS row,
      s.minor_units || ' ' || s.currency || CASE s.state WHEN 'credited' THEN ' for ' || s.account_id ELSE ' sent back' END
        || ', by two people' AS expected,
      CASE s.state WHEN 'credited' THEN coalesce(l.paid_minor_units || ' ' || l.currency || ' for ' || l.account_id, 'no lot')
        ELSE coalesce('as ' || s.return_reference, 'under no number') END
        || ', by ' || coalesce(s.asked_by, 'nobody') || ' and ' || coalesce(s.approved_by, 'nobody') AS found
    FROM suspense_entries s
    LEFT JOIN lots l ON l.lot_id = s.lot_id AND l.kind = 'paid'
    WHERE s.state IN ('credited', 'returned') AND (s.asked_by IS NULL OR s.approved_by IS NULL OR s.asked_by = s.approved_by
      OR (s.state = 'returned' AND s.return_reference IS NULL)
      OR (s.state = 'credited' AND (l.account_id IS DISTINCT FROM s.account_id
        OR l.currency IS DISTINCT FROM s.currency OR l.paid_minor_units IS DISTINCT FROM s.minor_units)))`,
    },
    {
      invariant: '3 free credit is a grant',
      description: 'Each free credit was granted to its account, and the days of the budget add up to them.',
      tamperings: [
        { kind: 'a free credit was raised', apply: rows('free_credits', first, add('amount_nano_usd', 1n)) },
        {
          kind: 'the budget of a day was lowered',
          apply: rows('free_credit_days', first, add('granted_nano_usd', -1n)),
        },
      ],
      text: `SELECT 'free_credits/' || f.account_id AS row, f.amount_nano_usd::text AS expected,
      coalesce(g.amount_nano_usd::text, 'no grant') AS found
    FROM free_credits f
    LEFT JOIN credit_grants g ON g.account_id = f.account_id AND g.request_key = 'free-credit'
    WHERE g.amount_nano_usd IS DISTINCT FROM f.amount_nano_usd
    UNION ALL
    SELECT 'free_credit_days/' || coalesce(d.day, s.day), coalesce(s.amount, 0)::text, coalesce(d.granted_nano_usd, 0)::text
    FROM free_credit_days d
    FULL JOIN (SELECT day, sum(amount_nano_usd) AS amount FROM free_credits GROUP BY day) AS s ON s.day = d.day
    WHERE coalesce(s.amount, 0) <> coalesce(d.granted_nano_usd, 0)`,
    },
  ],
};
