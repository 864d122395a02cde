import type { AuditPart } from './audit.domain.js';
import { add, first, remove, rows, set } from './tampering.domain.js';

/** The books by themselves: invariants 1, 2, 3 and 13. */
export const ledgerPart: AuditPart = {
  specimen: {},
  checks: [
    {
      invariant: '1 transfers balance',
      description: 'The entries of a transfer sum to 0 in each currency.',
      tamperings: [{ kind: 'an entry was changed', apply: rows('ledger_entries', first, add('amount', 1n)) }],
      text: `SELECT 'ledger_transfers/' || transfer_id AS row, '0 ' || currency AS expected,
      sum(amount) || ' ' || currency AS found
    FROM ledger_entries GROUP BY transfer_id, currency HAVING sum(amount) <> 0`,
    },
    {
      invariant: '1 the ledger balances',
      description: 'All entries together sum to 0 in each currency.',
      tamperings: [{ kind: 'an entry was deleted', apply: rows('ledger_entries', first, remove) }],
      text: `SELECT 'ledger/' || currency AS row, '0' AS expected, sum(amount)::text AS found
    FROM ledger_entries GROUP BY currency HAVING sum(amount) <> 0`,
    },
    {
      invariant: '1 every transfer has entries',
      description: 'No transfer stands without entries.',
      tamperings: [
        {
          kind: 'a transfer lost its entries',
          apply: (specimen) => {
            const lost = specimen['ledger_transfers']?.[0]?.['transfer_id'];
            return rows('ledger_entries', (row) => row['transfer_id'] === lost, remove)(specimen);
          },
        },
      ],
      text: `SELECT 'ledger_transfers/' || t.transfer_id AS row, 'entries' AS expected, 'none' AS found
    FROM ledger_transfers t WHERE NOT EXISTS (SELECT FROM ledger_entries e WHERE e.transfer_id = t.transfer_id)`,
    },
    {
      invariant: '1 an entry has the currency of its ledger account',
      description: 'An entry belongs to a ledger account and has its currency.',
      tamperings: [
        { kind: 'an entry is in another currency', apply: rows('ledger_entries', first, set({ currency: 'CNY' })) },
      ],
      text: `SELECT 'ledger_entries/' || e.transfer_id || '/' || e.ledger_account_id AS row,
      coalesce(a.currency, 'a ledger account') AS expected, CASE WHEN a.currency IS NULL THEN 'none' ELSE e.currency END AS found
    FROM ledger_entries e LEFT JOIN ledger_accounts a ON a.ledger_account_id = e.ledger_account_id
    WHERE a.currency IS DISTINCT FROM e.currency`,
    },
    {
      invariant: '2 versions stand on entries of customers alone',
      description: 'An entry of a customer has its version and the balance after it, any other entry has neither.',
      tamperings: [
        {
          kind: 'an entry of a customer lost its version',
          apply: rows('ledger_entries', (row) => row['version'] !== null, set({ version: null, posted_after: null })),
        },
      ],
      text: `SELECT 'ledger_entries/' || e.transfer_id || '/' || e.ledger_account_id AS row,
      CASE WHEN a.account_id IS NULL THEN 'no version' ELSE 'a version' END AS expected,
      coalesce(e.version::text, 'none') AS found
    FROM ledger_entries e JOIN ledger_accounts a ON a.ledger_account_id = e.ledger_account_id
    WHERE (a.account_id IS NULL) <> (e.version IS NULL)`,
    },
    {
      invariant: '2 posted is the sum of entries',
      description: "A customer's paid and promo balances are the sums of the entries.",
      tamperings: [{ kind: 'a balance was raised', apply: rows('gate_balances', first, add('promo_nano_usd', 1n)) }],
      text: `SELECT 'gate_balances/' || b.account_id || '/' || k.kind AS row, coalesce(s.sum, 0)::text AS expected,
      k.amount::text AS found
    FROM gate_balances b
    CROSS JOIN LATERAL (VALUES ('customer_paid', b.paid_nano_usd), ('customer_promo', b.promo_nano_usd)) AS k (kind, amount)
    LEFT JOIN (SELECT a.account_id, a.kind, sum(e.amount) AS sum FROM ledger_entries e
      JOIN ledger_accounts a ON a.ledger_account_id = e.ledger_account_id
      WHERE a.account_id IS NOT NULL GROUP BY a.account_id, a.kind) AS s
      ON s.account_id = b.account_id AND s.kind = k.kind
    WHERE coalesce(s.sum, 0) <> k.amount`,
    },
    {
      invariant: '2 posted is paid and promo',
      description: 'Posted is paid and promo together.',
      tamperings: [{ kind: 'posted was raised', apply: rows('gate_balances', first, add('posted_nano_usd', 1n)) }],
      text: `SELECT 'gate_balances/' || account_id AS row, (paid_nano_usd + promo_nano_usd)::text AS expected,
      posted_nano_usd::text AS found
    FROM gate_balances WHERE posted_nano_usd <> paid_nano_usd + promo_nano_usd`,
    },
    {
      invariant: '2 versions are gapless',
      description: "A customer's versions in the ledger run from 1 without a gap.",
      tamperings: [{ kind: 'a version was left out', apply: rows('gate_balances', first, add('ledger_version', 1n)) }],
      text: `SELECT 'gate_balances/' || b.account_id AS row, b.ledger_version || ' versions up to ' || b.ledger_version AS expected,
      coalesce(v.count, 0) || ' versions up to ' || coalesce(v.max, 0) AS found
    FROM gate_balances b
    LEFT JOIN (SELECT a.account_id, count(DISTINCT e.version) AS count, max(e.version) AS max FROM ledger_entries e
      JOIN ledger_accounts a ON a.ledger_account_id = e.ledger_account_id
      WHERE a.account_id IS NOT NULL GROUP BY a.account_id) AS v ON v.account_id = b.account_id
    WHERE coalesce(v.count, 0) <> b.ledger_version OR coalesce(v.max, 0) <> b.ledger_version`,
    },
    {
      invariant: '2 posted_after is the running sum',
      description: 'Each entry of a customer tells the balance after it.',
      tamperings: [
        {
          kind: 'a running balance was changed',
          apply: rows('ledger_entries', (row) => row['version'] !== null, add('posted_after', 1n)),
        },
      ],
      text: `SELECT 'ledger_entries/' || transfer_id || '/' || ledger_account_id AS row, running::text AS expected,
      coalesce(posted_after::text, 'none') AS found
    FROM (SELECT transfer_id, ledger_account_id, posted_after,
        sum(amount) OVER (PARTITION BY ledger_account_id ORDER BY version) AS running
      FROM ledger_entries WHERE version IS NOT NULL) AS r
    WHERE posted_after IS DISTINCT FROM running`,
    },
    {
      invariant: '3 credited is available, held and spent',
      description: 'What was credited is posted (available and held) or spent.',
      tamperings: [{ kind: 'credited was raised', apply: rows('gate_balances', first, add('credited_nano_usd', 1n)) }],
      text: `SELECT 'gate_balances/' || account_id AS row, (posted_nano_usd + spent_nano_usd)::text AS expected,
      credited_nano_usd::text AS found
    FROM gate_balances WHERE credited_nano_usd <> posted_nano_usd + spent_nano_usd`,
    },
    {
      invariant: '3 credited and spent are in the entries',
      description: 'Credited and spent are what the entries say, by the kind of transfer.',
      tamperings: [
        {
          kind: 'credited and spent were raised',
          apply: (specimen) =>
            rows(
              'gate_balances',
              first,
              add('spent_nano_usd', 1n),
            )(rows('gate_balances', first, add('credited_nano_usd', 1n))(specimen)),
        },
      ],
      text: `SELECT 'gate_balances/' || b.account_id AS row,
      coalesce(s.credited, 0) || ' credited, ' || coalesce(s.spent, 0) || ' spent' AS expected,
      b.credited_nano_usd || ' credited, ' || b.spent_nano_usd || ' spent' AS found
    FROM gate_balances b
    LEFT JOIN (SELECT a.account_id, sum(e.amount) FILTER (WHERE t.kind <> 'usage_settled') AS credited,
        -sum(e.amount) FILTER (WHERE t.kind = 'usage_settled') AS spent
      FROM ledger_entries e JOIN ledger_accounts a ON a.ledger_account_id = e.ledger_account_id
      JOIN ledger_transfers t ON t.transfer_id = e.transfer_id
      WHERE a.account_id IS NOT NULL GROUP BY a.account_id) AS s ON s.account_id = b.account_id
    WHERE coalesce(s.credited, 0) <> b.credited_nano_usd OR coalesce(s.spent, 0) <> b.spent_nano_usd`,
    },
    {
      invariant: '3 a grant is its transfer',
      description: 'Each grant has its transfer, each such transfer its grant, of the same amount.',
      tamperings: [{ kind: 'a grant was raised', apply: rows('credit_grants', first, add('amount_nano_usd', 1n)) }],
      text: `SELECT 'credit_grants/' || coalesce(g.transfer_id, t.transfer_id) AS row,
      coalesce(g.amount_nano_usd::text, 'a grant') AS expected, coalesce(t.amount::text, 'no transfer') AS found
    FROM credit_grants g
    FULL JOIN (SELECT t.transfer_id, sum(e.amount) FILTER (WHERE a.account_id IS NOT NULL) AS amount
      FROM ledger_transfers t JOIN ledger_entries e ON e.transfer_id = t.transfer_id
      JOIN ledger_accounts a ON a.ledger_account_id = e.ledger_account_id
      WHERE t.kind = 'credit_granted' GROUP BY t.transfer_id) AS t ON t.transfer_id = g.transfer_id
    WHERE g.amount_nano_usd IS DISTINCT FROM t.amount`,
    },
    {
      invariant: '13 posted is not negative',
      description: 'No balance is below 0, but for what chargebacks left there.',
      tamperings: [
        { kind: 'a balance is below zero', apply: rows('gate_balances', first, set({ posted_nano_usd: '-1' })) },
      ],
      text: `SELECT 'gate_balances/' || account_id AS row, 'at least 0' AS expected, posted_nano_usd::text AS found
    FROM gate_balances
    WHERE promo_nano_usd < 0 OR posted_nano_usd < -gap_nano_usd OR paid_nano_usd < -gap_nano_usd`,
    },
    {
      invariant: '2 every account has its row and ledger accounts',
      description: 'Each account has its balance row and its two ledger accounts.',
      tamperings: [{ kind: 'an account has no balance row', apply: rows('gate_balances', first, remove) }],
      text: `SELECT 'accounts/' || c.account_id AS row, 'a balance row and 2 ledger accounts' AS expected,
      (SELECT count(*) FROM gate_balances b WHERE b.account_id = c.account_id) || ' and '
        || (SELECT count(*) FROM ledger_accounts a WHERE a.account_id = c.account_id) AS found
    FROM accounts c
    WHERE NOT EXISTS (SELECT FROM gate_balances b WHERE b.account_id = c.account_id)
      OR (SELECT count(*) FROM ledger_accounts a WHERE a.account_id = c.account_id) <> 2`,
    },
  ],
};
