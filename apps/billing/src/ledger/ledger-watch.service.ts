import type { Database } from '@apilink/postgres';
import { countOutbox } from '@apilink/events';
import type { Metrics } from '@apilink/service';

import type { GateOutboxRepository } from '../gate/gate-outbox.repository.js';
import type { HoldRepository } from '../hold/hold.repository.js';

/** Takes the figures that have to be seen all the time; the audit looks at everything, this looks at what is new. */
export class LedgerWatchService {
  readonly #imbalance;
  readonly #outbox;
  readonly #gateOutbox;
  readonly #gateOutboxAge;
  readonly #openHolds;

  constructor(
    private readonly database: Database,
    private readonly holds: HoldRepository,
    private readonly gateOutbox: GateOutboxRepository,
    metrics: Metrics,
  ) {
    this.#imbalance = metrics.gauge({
      name: 'apilink_ledger_imbalance_nano_usd',
      help: 'Sum of all that transfers of the last 10 minutes are off by; anything but 0 is an alert.',
    });
    this.#outbox = metrics.gauge({
      name: 'apilink_outbox_pending',
      help: 'Events of billing that wait to be published.',
    });
    this.#gateOutbox = metrics.gauge({
      name: 'apilink_gate_outbox_pending',
      help: 'Changes that wait to be told to the gate.',
    });
    this.#gateOutboxAge = metrics.gauge({
      name: 'apilink_gate_outbox_age_seconds',
      help: 'Age of the oldest change that waits to be told to the gate; 0 when none does.',
    });
    this.#openHolds = metrics.gauge({ name: 'apilink_holds_open', help: 'Holds that have not ended.' });
  }

  async look(): Promise<void> {
    const [row] = await this.database.query<{ off: string }>(IMBALANCE);
    this.#imbalance.set(Number(row?.off ?? 0));
    this.#outbox.set(await countOutbox(this.database, 'billing'));
    const { pending, oldestSeconds } = await this.gateOutbox.backlog(this.database);
    this.#gateOutbox.set(pending);
    this.#gateOutboxAge.set(oldestSeconds);
    this.#openHolds.set(await this.holds.countOpen(this.database));
  }
}

const IMBALANCE = `
SELECT coalesce(sum(abs(off)), 0) AS off FROM (
  SELECT sum(e.amount) AS off FROM ledger_transfers t JOIN ledger_entries e ON e.transfer_id = t.transfer_id
  WHERE t.posted_at > now() - interval '10 minutes' GROUP BY t.transfer_id, e.currency) AS transfers`;
