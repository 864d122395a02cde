import type { AccountId } from '@apilink/contracts';
import type { GateAdministration, GateEpochs } from '@apilink/holds';

import { changeOfReading, type AccountSnapshotRepository } from './account-snapshot.repository.js';

const PAGE = 500;
/** Accounts compared at once. */
const AT_ONCE = 8;

export interface GateRecoveryParts {
  readonly gate: Pick<GateAdministration, 'apply' | 'inspect' | 'listAccounts' | 'restore'>;
  readonly snapshots: AccountSnapshotRepository;
  readonly holdExpiryMs: number;
  readonly now: () => number;
}

/**
 * Brings a gate that has kept an older state (a replica that took the role over, a restart from its file) to what the
 * tables say, account by account. Until an account's turn it admits nothing.
 */
export class GateRecoveryService {
  constructor(private readonly parts: GateRecoveryParts) {}

  /** Every account that the gate lists, under this epoch. Repeating it changes nothing. */
  async recover(epochs: Pick<GateEpochs, 'endComparison'>, epoch: number): Promise<void> {
    let after: AccountId | null = null;
    for (;;) {
      const page: readonly AccountId[] = await this.parts.gate.listAccounts(after, PAGE);
      for (let from = 0; from < page.length; from += AT_ONCE) {
        const accounts = page.slice(from, from + AT_ONCE);
        await Promise.all(accounts.map((accountId) => this.#recoverAccount(accountId, epochs, epoch)));
      }
      after = page.at(-1) ?? null;
      if (page.length < PAGE) return;
    }
  }

  async #recoverAccount(accountId: AccountId, epochs: Pick<GateEpochs, 'endComparison'>, epoch: number): Promise<void> {
    const { gate, snapshots, now, holdExpiryMs } = this.parts;
    const view = await gate.inspect(accountId);
    if (view === null) return;
    const listed = view.holds.map(({ holdId }) => holdId);
    const expiresAt = now() + holdExpiryMs;
    const reading = await snapshots.readWith(accountId, expiresAt, listed);
    // An account of another ledger stays quiet for ever.
    if (reading === null) return;
    await gate.apply([changeOfReading(reading)]);
    const known = new Set(listed);
    for (const hold of reading.snapshot.holds) {
      if (!known.has(hold.holdId)) await gate.restore(hold);
    }
    await epochs.endComparison(accountId, epoch);
  }
}
