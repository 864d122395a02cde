import type { AuditPart, SpecimenRow, StatementCheck } from './audit.domain.js';
import { first, rows, set } from './tampering.domain.js';

/** What the loss of Kafka, Redis or a consumer may delay, and still be on its way; beyond it somebody has to look. */
const FOR_EVER = "interval '1 hour'";
const LONG_AGO = '2020-01-01T00:00:00.000Z';

/** A row of a table from which everything is taken within seconds. */
function waits(table: string, what: string, row: SpecimenRow): StatementCheck {
  const id = `${table}_id`;
  return {
    invariant: `11 what waits in ${table} is told`,
    description: `Nothing that was committed waits for more than an hour to be ${what}.`,
    tamperings: [
      {
        kind: `a row of ${table} was forgotten`,
        apply: (specimen) => ({ ...specimen, [table]: [{ ...row, [id]: '1', written_at: LONG_AGO }] }),
      },
    ],
    text: `SELECT '${table}/' || ${id} AS row, 'gone within an hour' AS expected, 'waits since ' || written_at AS found
    FROM ${table} WHERE written_at < now() - ${FOR_EVER}`,
  };
}

/** Nothing that was accepted is lost on its way: invariant 11. What the gate forgot is found by its comparison. */
export const waitingPart: AuditPart = {
  specimen: { outbox: [], gate_outbox: [] },
  checks: [
    waits('outbox', 'published', { topic: 'apilink.ledger.v1', key: '', event_id: '', type: '', source: 'billing' }),
    waits('gate_outbox', 'told to the gate', { change: '{}' }),
    {
      invariant: '11 a late final is settled',
      description: 'No final that came after the end of its hold waits for more than an hour to be settled.',
      tamperings: [
        {
          kind: 'a late final was forgotten',
          apply: rows('late_settlements', first, set({ state: 'pending', recorded_at: LONG_AGO })),
        },
      ],
      text: `SELECT 'late_settlements/' || generation_id AS row, 'posted within an hour' AS expected,
        'waits since ' || recorded_at AS found
      FROM late_settlements WHERE state = 'pending' AND recorded_at < now() - ${FOR_EVER}`,
    },
  ],
};
