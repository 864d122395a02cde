import type { AccountId, KeyId, WorkspaceId } from '@apilink/contracts';
import type { Sql } from '@apilink/postgres';
import type { RateCard } from '@apilink/pricing';

import type { GateEpochRepository } from '../gate/gate-epoch.repository.js';
import type { HoldRepository } from '../hold/hold.repository.js';
import type { LedgerRepository } from '../ledger/ledger.repository.js';
import type { LotRepository } from '../lot/lot.repository.js';
import type { KnownKey, SettlementGround, UsageEvent } from './settlement.domain.js';

/** Reads all that a batch is folded over: first the customers' locks, then what may only be read under them. */
export class SettlementGroundRepository {
  constructor(
    private readonly ledger: LedgerRepository,
    private readonly lots: LotRepository,
    private readonly holds: HoldRepository,
    private readonly epochs: GateEpochRepository,
  ) {}

  async read(
    sql: Sql,
    events: readonly UsageEvent[],
    cardOf: (priceVersion: string) => RateCard | undefined,
  ): Promise<SettlementGround> {
    const bodies = events.map(({ body }) => body);
    const balances = await this.ledger.lockBalances(
      sql,
      bodies.map(({ accountId }) => accountId),
    );
    const lots = await this.lots.findUnspent(sql, balances.keys());
    const holds = await this.holds.find(sql, [...new Set(bodies.map(({ generationId }) => generationId))]);
    const keys = await findKeys(sql, [...new Set(bodies.map(({ keyId }) => keyId))]);
    const epoch = await this.epochs.current(sql);
    return { balances, lots, holds, keys, cardOf, epoch, postedAt: await postingInstant(sql) };
  }
}

/** The transaction's own, as every table it writes has it: what is told of a posting can be told again from the tables. */
export async function postingInstant(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ at: Date }>('SELECT now() AS at');
  if (row === undefined) throw new Error('the database told no time');
  return row.at.getTime();
}

async function findKeys(sql: Sql, keyIds: readonly KeyId[]): Promise<ReadonlyMap<KeyId, KnownKey>> {
  const rows = await sql.query<{ key_id: KeyId; account_id: AccountId; workspace_id: WorkspaceId }>(
    'SELECT key_id, account_id, workspace_id FROM api_keys WHERE key_id = ANY($1::uuid[])',
    [keyIds],
  );
  return new Map(rows.map((row) => [row.key_id, { accountId: row.account_id, workspaceId: row.workspace_id }]));
}
