import type { AuditPart } from './audit.domain.js';
import { specimenHolds } from './specimen.factory.js';
import { rows, set, where } from './tampering.domain.js';

/** Between a settlement's reading of the epoch and its commit a new one may begin; longer than this no batch takes. */
const TOGETHER = "interval '1 minute'";

/** What rests on a gate that was lost: invariant 7. A gate in the ledger's own database has no epochs to lose. */
export const epochPart: AuditPart = {
  specimen: {
    gate_epochs: [
      { epoch: 1, run_id: 'first', began_at: '2026-11-01T00:00:00.000Z', cause: 'first' },
      { epoch: 2, run_id: 'second', began_at: '2026-11-23T00:00:00.000Z', cause: 'lost' },
    ],
  },
  checks: [
    {
      invariant: '7 a hold of a lost gate is settled as late',
      description: 'No hold that the gate confirmed in an epoch was settled as its own after the next one had begun.',
      tamperings: [
        {
          kind: 'a hold of a lost epoch was settled as if the gate still knew it',
          apply: rows(
            'holds',
            where('generation_id', specimenHolds.completed),
            set({ settled_at: '2026-11-23T01:00:00.000Z' }),
          ),
        },
      ],
      text: `SELECT 'holds/' || h.generation_id AS row, 'late, because epoch ' || g.epoch || ' had begun' AS expected,
        h.state || ' of epoch ' || h.epoch AS found
      FROM gate_epochs g JOIN holds h ON h.epoch < g.epoch AND h.settled_at > g.began_at + ${TOGETHER}
      WHERE h.state = 'settled'`,
    },
    {
      invariant: '7 epochs rise with time',
      description: 'Each epoch of the gate began after the one before it.',
      tamperings: [
        {
          kind: 'an epoch was dated back',
          apply: rows('gate_epochs', where('epoch', 2), set({ began_at: '2026-10-01T00:00:00.000Z' })),
        },
      ],
      text: `SELECT 'gate_epochs/' || g.epoch AS row, 'after ' || before.began_at AS expected, g.began_at::text AS found
      FROM gate_epochs g JOIN gate_epochs before ON before.epoch < g.epoch AND before.began_at > g.began_at`,
    },
  ],
};
