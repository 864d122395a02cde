import type { AuditPart } from './audit.domain.js';
import { specimenHolds, specimenWorkspaceId } from './specimen.factory.js';
import { add, first, rows, set, where } from './tampering.domain.js';

const UNCHARGED = `('rejected', 'void_before_dispatch', 'abandoned_late', 'upstream_error_no_output', 'expired',
  'empty_completion')`;

/** What a generation was charged, and that it was charged once: invariants 4, 5, 9 and 10. */
const HOLD = `'holds/' || generation_id`;

export const holdPart: AuditPart = {
  specimen: {},
  checks: [
    {
      invariant: '4 a hold is open or has ended',
      description: 'An open hold has no outcome, end, charge or transfer; an ended one has an outcome and an end.',
      tamperings: [
        {
          kind: 'an open hold has an outcome',
          apply: rows('holds', where('generation_id', specimenHolds.open), set({ outcome: 'completed' })),
        },
      ],
      table: 'holds',
      row: HOLD,
      expected: `CASE WHEN state = 'open' THEN 'no outcome, end, charge or transfer' ELSE 'an outcome and an end' END`,
      found: `concat_ws(', ', state, outcome, charge_nano_usd, transfer_id)`,
      wrong: `(state = 'open') <> (outcome IS NULL) OR (state = 'open') <> (ended_at IS NULL)
        OR (state = 'open' AND (charge_nano_usd <> 0 OR written_off_nano_usd <> 0 OR transfer_id IS NOT NULL))`,
    },
    {
      invariant: '4 a hold that ended without a charge has none',
      description: 'Voided and expired holds, and outcomes that cost nothing, have no charge.',
      tamperings: [
        {
          kind: 'a voided hold has a charge',
          apply: rows('holds', where('generation_id', specimenHolds.voided), set({ charge_nano_usd: '5' })),
        },
      ],
      table: 'holds',
      row: HOLD,
      expected: `'0'`,
      found: `charge_nano_usd::text`,
      wrong: `charge_nano_usd <> 0 AND (state IN ('voided', 'expired') OR outcome IN ${UNCHARGED})`,
    },
    {
      invariant: '4 late settlement at most once',
      description: 'A late settlement is posted with its hold, once, or waits beside an expired one.',
      tamperings: [
        {
          kind: 'a late settlement waits again',
          apply: rows('late_settlements', first, set({ state: 'pending', granted_nano_usd: null })),
        },
      ],
      text: `SELECT 'late_settlements/' || l.generation_id AS row,
      CASE l.state WHEN 'posted' THEN 'late_settled at ' || l.granted_nano_usd ELSE 'expired' END AS expected,
      coalesce(h.state || ' at ' || h.charge_nano_usd, 'no hold') AS found
    FROM late_settlements l LEFT JOIN holds h ON h.generation_id = l.generation_id
    WHERE CASE l.state WHEN 'posted'
      THEN h.state IS DISTINCT FROM 'late_settled' OR h.charge_nano_usd IS DISTINCT FROM l.granted_nano_usd
      ELSE h.state IS DISTINCT FROM 'expired' END`,
    },
    {
      invariant: '5 a request has at most one transfer',
      description: 'A generation has at most one transfer, for ever.',
      tamperings: [
        {
          kind: 'a generation was charged twice',
          apply: rows('ledger_transfers', where('ref', specimenHolds.completed), (row) => [
            row,
            { ...row, transfer_id: 'ffffffff-0000-5000-8000-000000000000' },
          ]),
        },
      ],
      text: `SELECT 'ledger_transfers/' || min(transfer_id::text) AS row, '1 transfer of ' || ref AS expected,
      count(*) || ' transfers' AS found
    FROM ledger_transfers WHERE kind = 'usage_settled' GROUP BY ref HAVING count(*) > 1`,
    },
    {
      invariant: '5 a transfer belongs to its hold',
      description: 'The transfer of a generation is the one that its hold names.',
      tamperings: [
        {
          kind: 'a hold forgot its transfer',
          apply: rows('holds', where('generation_id', specimenHolds.completed), set({ transfer_id: null })),
        },
      ],
      text: `SELECT 'ledger_transfers/' || t.transfer_id AS row, 'hold ' || t.ref AS expected,
      coalesce('hold ' || h.generation_id, 'no hold') AS found
    FROM ledger_transfers t LEFT JOIN holds h ON h.transfer_id = t.transfer_id
    WHERE t.kind = 'usage_settled' AND h.generation_id::text IS DISTINCT FROM t.ref`,
    },
    {
      invariant: '5 a charge is what was posted',
      description:
        'What a hold was charged, and what was written off, is what its transfer posted, to its own account.',
      tamperings: [
        {
          kind: 'a charge on a receipt was lowered',
          apply: rows('holds', where('generation_id', specimenHolds.completed), add('charge_nano_usd', -1n)),
        },
        {
          kind: 'a hold was given to another account',
          apply: rows(
            'holds',
            where('generation_id', specimenHolds.completed),
            set({ account_id: specimenWorkspaceId }),
          ),
        },
      ],
      text: `SELECT 'holds/' || h.generation_id AS row,
      concat_ws(', ', coalesce(p.charged, 0) || ' charged', coalesce(p.written_off, 0) || ' written off',
        p.account_id) AS expected,
      concat_ws(', ', h.charge_nano_usd || ' charged', h.written_off_nano_usd || ' written off',
        CASE WHEN p.account_id IS NOT NULL THEN h.account_id END) AS found
    FROM holds h
    LEFT JOIN (SELECT e.transfer_id, max(a.account_id::text)::uuid AS account_id,
        -coalesce(sum(e.amount) FILTER (WHERE a.account_id IS NOT NULL), 0) AS charged,
        -coalesce(sum(e.amount) FILTER (WHERE a.kind = 'write_off'), 0) AS written_off
      FROM ledger_entries e JOIN ledger_accounts a ON a.ledger_account_id = e.ledger_account_id
      WHERE a.account_id IS NOT NULL OR a.kind = 'write_off'
      GROUP BY e.transfer_id) AS p ON p.transfer_id = h.transfer_id
    WHERE coalesce(p.charged, 0) <> h.charge_nano_usd OR coalesce(p.written_off, 0) <> h.written_off_nano_usd
      OR p.account_id <> h.account_id`,
    },
    {
      invariant: '5 a charge is not above its hold',
      description: 'A charge is at most the final hold.',
      tamperings: [
        {
          kind: 'a hold was made smaller than its charge',
          apply: rows('holds', where('generation_id', specimenHolds.completed), set({ amount_nano_usd: '299' })),
        },
      ],
      table: 'holds',
      row: HOLD,
      expected: `'at most ' || amount_nano_usd`,
      found: `charge_nano_usd::text`,
      wrong: `charge_nano_usd > amount_nano_usd`,
    },
    {
      invariant: '9 a disconnect is charged with the final hold',
      description: 'A disconnect is charged with the final hold, or the rest is written off.',
      tamperings: [
        {
          kind: 'the hold of a disconnect was raised',
          apply: rows('holds', where('generation_id', specimenHolds.disconnected), add('amount_nano_usd', 1n)),
        },
      ],
      table: 'holds',
      row: HOLD,
      expected: `amount_nano_usd::text`,
      found: `charge_nano_usd || ' charged, ' || written_off_nano_usd || ' written off'`,
      wrong: `state = 'settled' AND outcome = 'client_disconnect'
        AND charge_nano_usd + written_off_nano_usd <> amount_nano_usd`,
    },
    {
      invariant: '10 a charge uses a price version of its hold',
      description: 'The price version of a charge is one that the hold pinned.',
      tamperings: [
        {
          kind: 'a charge names another price version',
          apply: rows('holds', where('generation_id', specimenHolds.completed), set({ candidates: [] })),
        },
      ],
      table: 'holds',
      row: HOLD,
      expected: `candidates::text`,
      found: `endpoint_id || ' at ' || price_version`,
      wrong: `price_version IS NOT NULL AND (candidates #>> '{0,priceVersion}' IS DISTINCT FROM price_version
          OR candidates #>> '{0,endpointId}' IS DISTINCT FROM endpoint_id)
        AND NOT candidates @> jsonb_build_array(
          jsonb_build_object('endpointId', endpoint_id, 'priceVersion', price_version))`,
    },
  ],
};
