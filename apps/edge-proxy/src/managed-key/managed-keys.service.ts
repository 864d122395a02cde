import { keyIdSchema, type KeyId, type managedKeysApi, type managementApi } from '@apilink/contracts';
import { ApiError } from '@apilink/service';

import type { KeyIdentity } from '../admission/authentication.service.js';
import type { BillingClient } from '../admission/billing.client.js';
import { capsAfter, limitOf } from './key-limit.domain.js';
import { activityRowOf, keyDataOf } from './managed-key.factory.js';

type Ask = managedKeysApi.ManagedKeyRequest['ask'];
type Done = Extract<managedKeysApi.ManagedKeyReply, { outcome: 'done' }>;

/**
 * Keys and activity of an account, for its management keys. Billing does it and records the key as the one who did; every
 * method rejects with `billing_unavailable` while it is away.
 */
export class ManagedKeysService {
  constructor(private readonly billing: BillingClient) {}

  async list(identity: KeyIdentity, query: Omit<Extract<Ask, { do: 'list' }>, 'do'>) {
    const { keys } = await this.#ask(identity, { do: 'list', ...query });
    return { data: keys.map(keyDataOf) };
  }

  async find(identity: KeyIdentity, hash: string) {
    return { data: keyDataOf(await this.#one(identity, { do: 'find', keyId: keyIdOf(hash) })) };
  }

  async create(identity: KeyIdentity, asked: managementApi.KeyCreateRequest) {
    const { name, workspace_id: workspaceId, expires_at: expiresAt } = asked;
    const { keys, apiKey } = await this.#ask(identity, {
      do: 'create',
      name,
      workspaceId,
      ...(typeof expiresAt === 'string' ? { expiresAt: Date.parse(expiresAt) } : {}),
      ...capsAfter(asked, null),
    });
    const [key] = keys;
    if (key === undefined || apiKey === null) throw new ApiError('billing_unavailable');
    return { data: keyDataOf(key), key: apiKey };
  }

  async update(identity: KeyIdentity, hash: string, asked: managementApi.KeyUpdateRequest) {
    const keyId = keyIdOf(hash);
    const { name, disabled } = asked;
    const asksLimit = asked.limit !== undefined || asked.limit_reset !== undefined;
    const current = asksLimit ? limitOf(await this.#one(identity, { do: 'find', keyId })) : null;
    const key = await this.#one(identity, { do: 'update', keyId, name, disabled, ...capsAfter(asked, current) });
    return { data: keyDataOf(key) };
  }

  async revoke(identity: KeyIdentity, hash: string) {
    await this.#one(identity, { do: 'revoke', keyId: keyIdOf(hash) });
    return { deleted: true };
  }

  async activity(identity: KeyIdentity, day: string | null): Promise<managementApi.ActivityReply> {
    const reply = await this.#ours(() => this.billing.accountActivity({ by: byOf(identity), day }));
    if (reply.outcome !== 'done') throw new ApiError('management_key_needed');
    return { data: reply.rows.map(activityRowOf) };
  }

  async #one(identity: KeyIdentity, ask: Ask): Promise<managedKeysApi.ManagedKey> {
    const [key] = (await this.#ask(identity, ask)).keys;
    if (key === undefined) throw notFound();
    return key;
  }

  async #ask(identity: KeyIdentity, ask: Ask): Promise<Done> {
    const reply = await this.#ours(() => this.billing.managedKeys({ by: byOf(identity), ask }));
    if (reply.outcome === 'not_found') throw notFound();
    if (reply.outcome === 'not_allowed') throw new ApiError('management_key_needed');
    return reply;
  }

  async #ours<Reply>(ask: () => Promise<Reply>): Promise<Reply> {
    try {
      return await ask();
    } catch (error) {
      throw new ApiError('billing_unavailable', {}, error);
    }
  }
}

function byOf({ accountId, keyId }: KeyIdentity) {
  return { accountId, keyId };
}

/** What cannot be an id is no key of anybody. */
function keyIdOf(hash: string): KeyId {
  const parsed = keyIdSchema.safeParse(hash);
  if (!parsed.success) throw notFound();
  return parsed.data;
}

function notFound(): ApiError {
  return new ApiError('not_found', { detail: 'this key or workspace of the account' });
}
