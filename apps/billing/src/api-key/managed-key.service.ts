import { encodeWireId, type KeyId, type managedKeysApi, type usageApi } from '@apilink/contracts';
import { periodCandidates } from '@apilink/holds';
import type { Database } from '@apilink/postgres';

import type { AccountRepository } from '../account/account.repository.js';
import { illegalState } from '../illegal-state.domain.js';
import type { UsageRollupRepository } from '../usage-report/usage-rollup.repository.js';
import { spanOf } from '../usage-report/usage-breakdown.domain.js';
import { isManagementKey, type ApiKeyRecord } from './api-key.domain.js';
import type { ApiKeyRepository } from './api-key.repository.js';
import type { ApiKeyService } from './api-key.service.js';
import { KeySpendRepository, type KeySpend } from './key-spend.repository.js';

type Ask<Verb extends managedKeysApi.ManagedKeyRequest['ask']['do']> = Extract<
  managedKeysApi.ManagedKeyRequest['ask'],
  { do: Verb }
>;

export interface ManagedKeyParts {
  readonly database: Database;
  readonly keys: ApiKeyRepository;
  readonly accounts: AccountRepository;
  readonly spends: KeySpendRepository;
  readonly rollups: UsageRollupRepository;
  readonly apiKeys: ApiKeyService;
  readonly now: () => number;
}

export interface SpendingKey {
  readonly key: ApiKeyRecord;
  readonly spent: KeySpend;
}

export type ManagedKeysAnswer =
  | { readonly outcome: 'done'; readonly keys: readonly SpendingKey[]; readonly apiKey: string | null }
  | { readonly outcome: 'not_found' | 'not_allowed' };

export type ActivityAnswer =
  | { readonly outcome: 'done'; readonly rows: readonly (usageApi.UsageSums & { day: string; model: string })[] }
  | { readonly outcome: 'not_allowed' };

/** OpenRouter's page of keys. */
const PAGE = 100;
const ACTIVITY_ROWS_MAX = 10_000;

/**
 * What a management key may do: keys of its own account that call models. It cannot touch management keys, its own
 * included, so that a stolen one cannot make itself stay.
 */
export class ManagedKeyService {
  constructor(private readonly parts: ManagedKeyParts) {}

  /** Rejects as ApiKeyService does for what a change may not be. */
  async ask({ by, ask }: managedKeysApi.ManagedKeyRequest): Promise<ManagedKeysAnswer> {
    const manager = await this.#manager(by);
    if (manager === null) return { outcome: 'not_allowed' };
    const actor = encodeWireId('key', manager.keyId);
    switch (ask.do) {
      case 'list':
        return this.#list(manager, ask);
      case 'create':
        return this.#create(manager, ask, actor);
      case 'find':
        return this.#with(manager, ask.keyId, (key) => Promise.resolve(key));
      case 'update': {
        const { do: _verb, keyId, ...patch } = ask;
        return this.#with(manager, keyId, () => this.parts.apiKeys.update(keyId, patch, actor));
      }
      case 'revoke':
        return this.#with(manager, ask.keyId, () => this.parts.apiKeys.revoke(ask.keyId, actor));
      default:
        return illegalState(ask);
    }
  }

  /** What the account used, by day and model; the latest day first. */
  async activity({ by, day }: managedKeysApi.AccountActivityRequest): Promise<ActivityAnswer> {
    const manager = await this.#manager(by);
    if (manager === null) return { outcome: 'not_allowed' };
    const { database, rollups, now } = this.parts;
    const today = periodCandidates(await this.#timeZone(manager), now()).day.current;
    const span = day === null ? spanOf({}, today) : { from: day, to: day };
    const question = { accountId: manager.accountId, ...span };
    return { outcome: 'done', rows: await rollups.modelsByDay(database, question, ACTIVITY_ROWS_MAX) };
  }

  async #list(manager: ApiKeyRecord, ask: Ask<'list'>): Promise<ManagedKeysAnswer> {
    const { database, keys } = this.parts;
    const all = await keys.listOfAccount(database, manager.accountId);
    const told = all.filter(
      (key) =>
        isManaged(key, manager) &&
        (ask.includeDisabled || key.status === 'active') &&
        (ask.workspaceId === undefined || key.workspaceId === ask.workspaceId),
    );
    return this.#told(manager, told.slice(ask.offset, ask.offset + PAGE), null);
  }

  async #create(manager: ApiKeyRecord, ask: Ask<'create'>, actor: string): Promise<ManagedKeysAnswer> {
    const { do: _verb, name, workspaceId, ...limits } = ask;
    const request = { accountId: manager.accountId, workspaceId, name, limits };
    const { key, apiKey } = await this.parts.apiKeys.create(request, actor);
    return this.#told(manager, [key], apiKey);
  }

  async #with(
    manager: ApiKeyRecord,
    keyId: KeyId,
    change: (key: ApiKeyRecord) => Promise<ApiKeyRecord>,
  ): Promise<ManagedKeysAnswer> {
    const key = await this.parts.keys.find(this.parts.database, keyId);
    if (key === null || !isManaged(key, manager)) return { outcome: 'not_found' };
    return this.#told(manager, [await change(key)], null);
  }

  async #told(manager: ApiKeyRecord, keys: readonly ApiKeyRecord[], apiKey: string | null): Promise<ManagedKeysAnswer> {
    const { database, spends, now } = this.parts;
    const { day, week, month } = periodCandidates(await this.#timeZone(manager), now());
    const periods = { day: day.current, week: week.current, month: month.current };
    const ids = keys.map(({ keyId }) => keyId);
    const spent = await spends.find(database, ids, periods);
    return { outcome: 'done', keys: keys.map((key) => ({ key, spent: spent(key.keyId) })), apiKey };
  }

  async #manager(by: managedKeysApi.ManagedKeyRequest['by']): Promise<ApiKeyRecord | null> {
    const key = await this.parts.keys.find(this.parts.database, by.keyId);
    const isGood = key !== null && key.accountId === by.accountId && key.status === 'active' && isManagementKey(key);
    return isGood && (key.expiresAt === null || key.expiresAt > this.parts.now()) ? key : null;
  }

  async #timeZone({ accountId }: ApiKeyRecord): Promise<string> {
    return (await this.parts.accounts.find(this.parts.database, accountId))?.timeZone ?? 'UTC';
  }
}

/** Revoked keys are gone for whoever manages keys; the list of an operator still has them. */
function isManaged(key: ApiKeyRecord, { accountId }: ApiKeyRecord): boolean {
  return key.accountId === accountId && key.status !== 'revoked' && !isManagementKey(key);
}
