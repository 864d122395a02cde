import type { ReceiptKeySet } from '@apilink/contracts';
import type { Database, Sql } from '@apilink/postgres';
import { createSigningKey, type SigningKey } from '@apilink/service';

import type { StaffActionRepository } from '../staff-action/staff-action.repository.js';
import type { PublishedKey, ReceiptKeyRepository } from './receipt-key.repository.js';

/** A new key is published so long before it signs: twice what a copy of the set is kept for (see the edge). */
const PUBLISHED_BEFORE_MS = 600_000;
/** How long an instance signs with the key that it read: less than the time a key is published before it signs. */
const KEPT_MS = 60_000;

/** The keys of receipts: one signs, all that ever signed are published. */
export class ReceiptKeyService {
  #kept: { readonly key: SigningKey; readonly until: number } | null = null;

  constructor(
    private readonly database: Database,
    private readonly keys: ReceiptKeyRepository,
    private readonly staffActions: StaffActionRepository,
    private readonly now: () => number,
  ) {}

  /** The key that signs now; the first one is made when there is none. */
  async signing(): Promise<SigningKey> {
    if (this.#kept !== null && this.now() < this.#kept.until) return this.#kept.key;
    const key = await this.database.transaction((sql) => this.#findOrCreate(sql));
    this.#kept = { key, until: this.now() + KEPT_MS };
    return key;
  }

  list(): Promise<readonly PublishedKey[]> {
    return this.keys.list(this.database);
  }

  /** What stands at `/.well-known/apilink-receipts`. */
  async published(): Promise<ReceiptKeySet> {
    await this.signing();
    const keys = await this.list();
    return {
      keys: keys.map(({ kid, x }) => ({ kty: 'OKP', crv: 'Ed25519', x, kid, alg: 'EdDSA', use: 'sig' })),
    };
  }

  /** Makes a key that signs from in ten minutes on. Asked again before, it answers with the one that waits. */
  async rotate(actor: string): Promise<readonly PublishedKey[]> {
    await this.signing();
    await this.database.transaction(async (sql) => {
      await this.keys.lock(sql);
      const waits = (await this.keys.list(sql)).some((key) => key.waits);
      if (waits) return;
      const key = await createSigningKey();
      await this.keys.insert(sql, key, PUBLISHED_BEFORE_MS);
      await this.staffActions.record(sql, { actor, action: 'receipt_key.rotate', subject: key.kid, detail: {} });
    });
    return this.list();
  }

  async #findOrCreate(sql: Sql): Promise<SigningKey> {
    const known = await this.keys.findSigning(sql);
    if (known !== null) {
      await this.keys.forgetRetired(sql);
      return known;
    }
    await this.keys.lock(sql);
    const made = await this.keys.findSigning(sql);
    if (made !== null) return made;
    const key = await createSigningKey();
    await this.keys.insert(sql, key, 0);
    return key;
  }
}
