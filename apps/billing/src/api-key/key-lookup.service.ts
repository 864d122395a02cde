import type { KeyLookupReply } from '@apilink/contracts';
import type { Database } from '@apilink/postgres';
import { ApiError } from '@apilink/service';

import type { AccountRepository } from '../account/account.repository.js';
import type { GateLoadService } from '../gate/gate-load.service.js';
import type { ApiKeyRepository } from './api-key.repository.js';

/** Answers whose key a hash is, and has the gate know the account before the edge asks it for an admission. */
export class KeyLookupService {
  constructor(
    private readonly database: Database,
    private readonly keys: ApiKeyRepository,
    private readonly accounts: AccountRepository,
    private readonly loads: GateLoadService,
  ) {}

  /** Rejects with ApiError `not_found` for a hash that is no key's. A revoked key is found: the gate refuses it. */
  async lookUp(keyHash: string): Promise<KeyLookupReply> {
    const key = await this.keys.findByHash(this.database, keyHash);
    if (key === null) throw new ApiError('not_found', { detail: 'this key hash' });
    const account = await this.accounts.find(this.database, key.accountId);
    if (account === null) throw new Error(`the key ${key.keyId} has no account`);
    await this.loads.load(account.accountId);
    return {
      accountId: key.accountId,
      workspaceId: key.workspaceId,
      keyId: key.keyId,
      timeZone: account.timeZone,
    };
  }
}
