import type { AuditPart } from './audit.domain.js';
import { specimenChargeback, specimenLots, specimenRefunds } from './lot-specimen.factory.js';
import { add, rows, set, where } from './tampering.domain.js';

/** Money that went back: invariant 12. Its rows are those of the part of lots. */
export const refundPart: AuditPart = {
  specimen: {},
  checks: [
    {
      invariant: '12 a refund is within its payment',
      description: 'Refunds and chargebacks of a lot are what it says was given back, and never more than was paid.',
      tamperings: [
        {
          kind: 'a lot was given back twice',
          apply: rows('lots', where('lot_id', specimenLots.rmb), add('refunded_minor_units', 1n)),
        },
        {
          kind: 'a chargeback was raised',
          apply: rows('chargebacks', where('chargeback_id', specimenChargeback), add('minor_units', 1n)),
        },
        {
          kind: 'more was given back than was paid',
          apply: (specimen) =>
            rows(
              'lots',
              where('lot_id', specimenLots.rmb),
              add('refunded_minor_units', 1n),
            )(rows('refunds', where('refund_id', specimenRefunds.rmb), add('minor_units', 1n))(specimen)),
        },
      ],
      text: `SELECT 'lots/' || l.lot_id AS row,
      coalesce(r.minor, 0) || ' refunded (' || coalesce(r.debit, 0) || '), ' || coalesce(c.minor, 0) || ' taken back ('
        || coalesce(c.debit, 0) || '), within ' || l.paid_minor_units AS expected,
      l.refunded_minor_units || ' refunded (' || l.refunded_nano_usd || '), ' || l.charged_back_minor_units
        || ' taken back (' || l.charged_back_nano_usd || ')' AS found
    FROM lots l
    LEFT JOIN (SELECT lot_id, sum(minor_units) AS minor, sum(debit_nano_usd) AS debit FROM refunds
      WHERE state = 'posted' GROUP BY lot_id) AS r ON r.lot_id = l.lot_id
    LEFT JOIN (SELECT lot_id, sum(minor_units) AS minor, sum(debit_nano_usd) AS debit FROM chargebacks
      GROUP BY lot_id) AS c ON c.lot_id = l.lot_id
    WHERE coalesce(r.minor, 0) <> l.refunded_minor_units OR coalesce(r.debit, 0) <> l.refunded_nano_usd
      OR coalesce(c.minor, 0) <> l.charged_back_minor_units OR coalesce(c.debit, 0) <> l.charged_back_nano_usd
      OR l.refunded_minor_units + l.charged_back_minor_units > l.paid_minor_units`,
    },
    {
      invariant: '12 refunds on their way are kept',
      description: 'What refunds on their way will take is kept by their lots and by the balance, and by nothing else.',
      tamperings: [
        {
          kind: 'a lot keeps what no refund asks',
          apply: rows('lots', where('lot_id', specimenLots.usd), set({ refunding_nano_usd: '1' })),
        },
        {
          kind: 'a refund on its way is not kept',
          apply: rows('refunds', where('refund_id', specimenRefunds.usd), set({ state: 'held', transfer_id: null })),
        },
      ],
      text: `SELECT 'refunds of ' || b.account_id AS row, coalesce(r.debit, 0) || ' on their way' AS expected,
      coalesce(l.kept, 0) || ' kept by lots, ' || b.refunding_nano_usd || ' by the balance' AS found
    FROM gate_balances b
    LEFT JOIN (SELECT account_id, sum(debit_nano_usd) AS debit FROM refunds
      WHERE state IN ('held', 'submitted') GROUP BY account_id) AS r ON r.account_id = b.account_id
    LEFT JOIN (SELECT account_id, sum(refunding_nano_usd) AS kept FROM lots GROUP BY account_id) AS l
      ON l.account_id = b.account_id
    WHERE coalesce(r.debit, 0) <> b.refunding_nano_usd OR coalesce(l.kept, 0) <> b.refunding_nano_usd`,
    },
    {
      invariant: '12 what went back is its transfer',
      description:
        'Each posted refund and each chargeback has its transfer, and each such transfer its row, of one amount.',
      tamperings: [
        {
          kind: 'a refund debited more than it says',
          apply: rows('refunds', where('refund_id', specimenRefunds.usd), add('debit_nano_usd', -1n)),
        },
        {
          kind: 'a refund was posted twice',
          apply: rows('ledger_transfers', where('kind', 'topup_refunded'), set({ kind: 'chargeback_opened' })),
        },
      ],
      text: `SELECT coalesce(r.row, 'ledger_transfers/' || t.transfer_id) AS row,
      coalesce(t.amount::text, 'a transfer') AS expected, coalesce(r.amount::text, 'no refund, no chargeback') AS found
    FROM (SELECT 'refunds/' || refund_id AS row, transfer_id, 'topup_refunded' AS kind, debit_nano_usd AS amount
        FROM refunds WHERE state = 'posted'
      UNION ALL SELECT 'chargebacks/' || chargeback_id, chargeback_id, 'chargeback_opened', debit_nano_usd
        FROM chargebacks
      UNION ALL SELECT 'gap_write_offs/' || transfer_id, transfer_id, 'gap_written_off', -amount_nano_usd
        FROM gap_write_offs) AS r
    FULL JOIN (SELECT t.transfer_id, t.kind, -sum(e.amount) AS amount FROM ledger_transfers t
      JOIN ledger_entries e ON e.transfer_id = t.transfer_id AND e.version IS NOT NULL
      WHERE t.kind IN ('topup_refunded', 'chargeback_opened', 'gap_written_off') GROUP BY t.transfer_id, t.kind) AS t
      ON t.transfer_id = r.transfer_id AND t.kind = r.kind
    WHERE r.amount IS DISTINCT FROM t.amount`,
    },
  ],
};
