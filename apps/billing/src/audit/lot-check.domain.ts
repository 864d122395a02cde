import type { AuditPart } from './audit.domain.js';
import { lotTables, specimenLots } from './lot-specimen.factory.js';
import { add, first, remove, rows, set, where } from './tampering.domain.js';

const REMAINING = `l.credit_nano_usd - l.drawn_nano_usd - l.refunded_nano_usd - l.charged_back_nano_usd
        + l.written_off_nano_usd`;

/** Where every balance came from and what is left of it: invariants 2, 3 and 13 of lots. */
export const lotPart: AuditPart = {
  specimen: lotTables(),
  checks: [
    {
      invariant: '2 the lots are the balance',
      description: 'What is left of the gifts and of the payments of an account is its promo and its paid balance.',
      tamperings: [
        { kind: 'a lot gave less than was drawn', apply: rows('lots', first, add('drawn_nano_usd', -1n)) },
        { kind: 'a lot was lost', apply: rows('lots', first, remove) },
      ],
      text: `SELECT 'lots of ' || b.account_id AS row,
      b.promo_nano_usd || ' of gifts, ' || b.paid_nano_usd || ' of payments' AS expected,
      coalesce(s.promo, 0) || ' of gifts, ' || coalesce(s.paid, 0) || ' of payments' AS found
    FROM gate_balances b
    LEFT JOIN (SELECT l.account_id, sum(${REMAINING}) FILTER (WHERE l.kind = 'promo') AS promo,
        sum(${REMAINING}) FILTER (WHERE l.kind = 'paid') AS paid
      FROM lots l GROUP BY l.account_id) AS s ON s.account_id = b.account_id
    WHERE coalesce(s.promo, 0) <> b.promo_nano_usd OR coalesce(s.paid, 0) <> b.paid_nano_usd`,
    },
    {
      invariant: '2 what lots gave is what was spent',
      description: 'All that was drawn from the lots of an account is what it has spent.',
      tamperings: [
        {
          kind: 'usage was drawn from nowhere',
          apply: rows('lots', where('lot_id', specimenLots.usd), add('drawn_nano_usd', 1n)),
        },
      ],
      text: `SELECT 'lots of ' || b.account_id AS row, b.spent_nano_usd::text AS expected,
      coalesce(s.drawn, 0)::text AS found
    FROM gate_balances b
    LEFT JOIN (SELECT account_id, sum(drawn_nano_usd) AS drawn FROM lots GROUP BY account_id) AS s
      ON s.account_id = b.account_id
    WHERE coalesce(s.drawn, 0) <> b.spent_nano_usd`,
    },
    {
      invariant: '3 a lot is its transfer',
      description:
        'Each lot is credited by the transfer that names it, each grant and top-up has its lot, of one amount.',
      tamperings: [
        {
          kind: 'a payment was credited with more',
          apply: rows('lots', where('lot_id', specimenLots.usd), add('credit_nano_usd', 1n)),
        },
      ],
      text: `SELECT 'lots/' || coalesce(l.lot_id, t.transfer_id) AS row,
      coalesce(t.kind || ' of ' || t.amount, 'a transfer') AS expected,
      coalesce(l.kind || ' of ' || l.credit_nano_usd, 'no lot') AS found
    FROM lots l
    FULL JOIN (SELECT t.transfer_id, t.kind, sum(e.amount) AS amount FROM ledger_transfers t
      JOIN ledger_entries e ON e.transfer_id = t.transfer_id AND e.version IS NOT NULL
      WHERE t.kind IN ('credit_granted', 'topup_paid') GROUP BY t.transfer_id, t.kind) AS t
      ON t.transfer_id = l.lot_id AND (t.kind = 'topup_paid') = (l.kind = 'paid')
    WHERE l.credit_nano_usd IS DISTINCT FROM t.amount`,
    },
    {
      invariant: '3 a payment is credited by its currency',
      description:
        'A payment in USD is credited as it is; one in RMB by its quote, rounded down, out of what was received.',
      tamperings: [
        {
          kind: 'a quote was changed',
          apply: rows('fx_quotes', first, set({ rate: '7.15901701' })),
        },
        {
          kind: 'less RMB was received than the lot says',
          apply: rows('lots', where('lot_id', specimenLots.rmb), add('paid_minor_units', 1n)),
        },
      ],
      text: `SELECT 'lots/' || l.lot_id AS row,
      CASE l.currency WHEN 'USD' THEN (l.paid_minor_units * 10000000)::text
        ELSE coalesce(div(l.paid_minor_units * 10::numeric ^ 7, q.rate)::text, 'a quote') || ' of '
          || coalesce(r.fen::text, 'no') || ' fen' END AS expected,
      l.credit_nano_usd || CASE l.currency WHEN 'USD' THEN '' ELSE ' of ' || l.paid_minor_units || ' fen' END AS found
    FROM lots l LEFT JOIN fx_quotes q ON q.quote_id = l.fx_quote_id
    LEFT JOIN LATERAL (SELECT sum(e.amount) FILTER (WHERE e.amount > 0) AS fen FROM ledger_entries e
      WHERE e.transfer_id = l.received_transfer_id AND e.currency = 'CNY') AS r ON true
    WHERE l.kind = 'paid' AND CASE l.currency
      WHEN 'USD' THEN l.credit_nano_usd <> l.paid_minor_units * 10000000
      ELSE l.credit_nano_usd IS DISTINCT FROM div(l.paid_minor_units * 10::numeric ^ 7, q.rate)
        OR r.fen IS DISTINCT FROM l.paid_minor_units END`,
    },
    {
      invariant: '13 below zero is what a bank took back',
      description: 'A balance is below 0 only by what chargebacks left there and nobody has paid or written off since.',
      tamperings: [
        {
          kind: 'a balance is below zero without a chargeback',
          apply: (specimen) =>
            rows(
              'gate_balances',
              first,
              set({ paid_nano_usd: '-1', gap_nano_usd: '1' }),
            )(rows('lots', first, set({ charged_back_nano_usd: '0' }))(specimen)),
        },
        { kind: 'a gap was forgotten', apply: rows('gate_balances', first, set({ paid_nano_usd: '-1' })) },
      ],
      text: `SELECT 'gate_balances/' || b.account_id AS row,
      'at least ' || -coalesce(s.owed, 0) || ', a gap of ' || greatest(0, b.refunding_nano_usd - b.paid_nano_usd) AS expected,
      b.paid_nano_usd || ', a gap of ' || b.gap_nano_usd AS found
    FROM gate_balances b
    LEFT JOIN (SELECT l.account_id, sum(greatest(0, 0 - (${REMAINING}))) AS owed FROM lots l
      WHERE l.charged_back_nano_usd > 0 GROUP BY l.account_id) AS s ON s.account_id = b.account_id
    WHERE b.gap_nano_usd <> greatest(0, b.refunding_nano_usd - b.paid_nano_usd) OR b.gap_nano_usd > coalesce(s.owed, 0)`,
    },
    {
      invariant: '10 what was absorbed is in the books',
      description: 'Premiums of cache writes that are ours stand on their ledger account, as their holds say.',
      tamperings: [{ kind: 'a premium was not posted', apply: rows('holds', first, set({ absorbed_nano_usd: '5' })) }],
      text: `SELECT 'holds/' || coalesce(h.generation_id::text, 'of transfer ' || e.transfer_id) AS row,
      coalesce(h.absorbed_nano_usd, 0)::text AS expected, coalesce(-e.amount, 0)::text AS found
    FROM (SELECT generation_id, transfer_id, absorbed_nano_usd FROM holds WHERE absorbed_nano_usd <> 0) AS h
    FULL JOIN (SELECT e.transfer_id, sum(e.amount) AS amount FROM ledger_accounts a
      JOIN ledger_entries e ON e.ledger_account_id = a.ledger_account_id
      WHERE a.kind = 'absorbed_cache' GROUP BY e.transfer_id) AS e ON e.transfer_id = h.transfer_id
    WHERE coalesce(h.absorbed_nano_usd, 0) <> coalesce(-e.amount, 0)`,
    },
  ],
};
