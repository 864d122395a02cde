import { keyIdSchema, type AccountId, type KeyId, type WorkspaceId } from '@apilink/contracts';
import type { Database, Sql } from '@apilink/postgres';
import { ApiError, createApiKey } from '@apilink/service';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';

import type { AccountRepository } from '../account/account.repository.js';
import type { GateTeller } from '../gate/gate-teller.service.js';
import { gateKeyOf } from '../gate/gate-view.factory.js';
import type { StaffActionRepository } from '../staff-action/staff-action.repository.js';
import type { WorkspaceRepository } from '../workspace/workspace.repository.js';
import {
  changedKey,
  isManagementKey,
  managementModels,
  noLimits,
  patchedLimits,
  revokedKey,
  type ApiKeyLimitsPatch,
  type ApiKeyPatch,
  type ApiKeyRecord,
} from './api-key.domain.js';
import type { ApiKeyRepository } from './api-key.repository.js';

export interface ApiKeyParts {
  readonly database: Database;
  readonly keys: ApiKeyRepository;
  readonly accounts: AccountRepository;
  readonly workspaces: WorkspaceRepository;
  readonly gateTeller: GateTeller;
  readonly staffActions: StaffActionRepository;
  readonly now: () => number;
}

export interface NewKeyRequest {
  readonly accountId: AccountId;
  /** The account's default workspace when it is left out. */
  readonly workspaceId?: WorkspaceId | undefined;
  readonly name: string;
  /** A management key; it has no list of models. Default: one that calls models. */
  readonly management?: boolean | undefined;
  readonly limits: ApiKeyLimitsPatch;
}

/**
 * API keys; a change is in force at the gate, and so on every edge, when it is answered. A gate that is away is waited for
 * 2 s; it is told as soon as it is there again, and until then admits nothing.
 */
export class ApiKeyService {
  constructor(private readonly parts: ApiKeyParts) {}

  /** The secret is in this answer alone: only its hash is stored. */
  async create(request: NewKeyRequest, actor: string): Promise<{ key: ApiKeyRecord; apiKey: string }> {
    const { apiKey, keyHash, hint } = createApiKey();
    const isManagement = request.management === true;
    if (isManagement && request.limits.models !== undefined) throw modelsOfManagement();
    const key = await this.parts.database.transaction(async (sql) => {
      const created: ApiKeyRecord = {
        ...patchedLimits(noLimits, isManagement ? { ...request.limits, models: managementModels } : request.limits),
        keyId: keyIdSchema.out.parse(uuidv7()),
        accountId: request.accountId,
        workspaceId: await this.#workspaceFor(sql, request),
        name: request.name,
        keyHash,
        hint,
        status: 'active',
        version: 1,
        createdAt: this.parts.now(),
      };
      await this.parts.keys.insert(sql, created);
      await this.#tell(sql, created, {
        actor,
        action: 'key.create',
        detail: { name: request.name, ...(isManagement ? { management: true } : {}), ...request.limits },
      });
      return created;
    });
    await this.parts.gateTeller.told(key.accountId);
    return { key, apiKey };
  }

  async list(accountId: AccountId): Promise<readonly ApiKeyRecord[]> {
    if ((await this.parts.accounts.find(this.parts.database, accountId)) === null) throw notFound('account');
    return this.parts.keys.listOfAccount(this.parts.database, accountId);
  }

  async update(keyId: KeyId, patch: ApiKeyPatch, actor: string): Promise<ApiKeyRecord> {
    return this.#inForce(async (sql) => {
      const before = await this.#locked(sql, keyId);
      if (before.status === 'revoked') {
        throw new ApiError('invalid_parameter', { param: 'keyId', detail: 'a revoked key cannot be changed' });
      }
      if (isManagementKey(before) && patch.models !== undefined) throw modelsOfManagement();
      const key = changedKey(before, patch);
      await this.parts.keys.update(sql, key);
      await this.#tell(sql, key, { actor, action: 'key.update', detail: { ...patch } });
      return key;
    });
  }

  /** For ever; revoking a revoked key changes nothing. */
  async revoke(keyId: KeyId, actor: string): Promise<ApiKeyRecord> {
    return this.#inForce(async (sql) => {
      const before = await this.#locked(sql, keyId);
      const key = revokedKey(before);
      if (key === before) return key;
      await this.parts.keys.update(sql, key);
      await this.#tell(sql, key, { actor, action: 'key.revoke', detail: {} });
      return key;
    });
  }

  async #inForce(change: (sql: Sql) => Promise<ApiKeyRecord>): Promise<ApiKeyRecord> {
    const key = await this.parts.database.transaction(change);
    await this.parts.gateTeller.told(key.accountId);
    return key;
  }

  async #locked(sql: Sql, keyId: KeyId): Promise<ApiKeyRecord> {
    const key = await this.parts.keys.lock(sql, keyId);
    if (key === null) throw notFound('API key');
    return key;
  }

  async #workspaceFor(sql: Sql, request: NewKeyRequest): Promise<WorkspaceId> {
    const account = await this.parts.accounts.find(sql, request.accountId);
    if (account === null) throw notFound('account');
    if (request.workspaceId === undefined) return account.defaultWorkspaceId;
    const workspace = await this.parts.workspaces.find(sql, request.workspaceId);
    if (workspace?.accountId !== request.accountId) throw notFound('workspace');
    return workspace.workspaceId;
  }

  async #tell(
    sql: Sql,
    key: ApiKeyRecord,
    write: { actor: string; action: string; detail: Readonly<Record<string, unknown>> },
  ): Promise<void> {
    await this.parts.staffActions.record(sql, { ...write, subject: z.encode(keyIdSchema, key.keyId) });
    await this.parts.gateTeller.write(sql, [{ accountId: key.accountId, keys: [gateKeyOf(key)] }]);
  }
}

/** A list of models would turn it into a key that calls them. */
function modelsOfManagement(): ApiError {
  return new ApiError('invalid_parameter', { param: 'models', detail: 'a management key calls no model' });
}

function notFound(what: string): ApiError {
  return new ApiError('not_found', { detail: `this ${what}` });
}
