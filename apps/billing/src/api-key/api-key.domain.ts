import type { AccountId, KeyId, WorkspaceId } from '@apilink/contracts';

/** The limits of a key; null = none of its own. */
export interface ApiKeyLimits {
  readonly dailyCapNanoUsd: bigint | null;
  readonly weeklyCapNanoUsd: bigint | null;
  readonly monthlyCapNanoUsd: bigint | null;
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  readonly concurrency: number | null;
  /** The only models it may use. */
  readonly models: readonly string[] | null;
  readonly expiresAt: number | null;
}

export interface ApiKeyRecord extends ApiKeyLimits {
  readonly keyId: KeyId;
  readonly accountId: AccountId;
  readonly workspaceId: WorkspaceId;
  readonly name: string;
  /** SHA-256 of the whole key, lower-case hex. */
  readonly keyHash: string;
  readonly hint: string;
  readonly status: 'active' | 'disabled' | 'revoked';
  readonly version: number;
  readonly createdAt: number;
}

/** What is left out stays; null takes a limit away. */
export type ApiKeyLimitsPatch = { readonly [Limit in keyof ApiKeyLimits]?: ApiKeyLimits[Limit] | undefined };
export interface ApiKeyPatch extends ApiKeyLimitsPatch {
  readonly name?: string | undefined;
  readonly disabled?: boolean | undefined;
}

/**
 * A management key is one that may call no model: the gate and every edge refuse a call by the list alone, and need to know
 * no more. No other key has an empty list (`apiKeyCreateSchema`).
 */
export const managementModels: readonly string[] = [];

export function isManagementKey({ models }: ApiKeyLimits): boolean {
  return models?.length === 0;
}

/** A key as it is told to people and services: without its hash. */
export function apiKeyFacts({ keyHash: _secret, version: _internal, ...facts }: ApiKeyRecord) {
  return {
    ...facts,
    management: isManagementKey(facts),
    models: facts.models === null ? null : [...facts.models],
  };
}

export const noLimits: ApiKeyLimits = {
  dailyCapNanoUsd: null,
  weeklyCapNanoUsd: null,
  monthlyCapNanoUsd: null,
  requestsPerMinute: null,
  tokensPerMinute: null,
  concurrency: null,
  models: null,
  expiresAt: null,
};

/** Limits with a patch laid over them. */
export function patchedLimits(limits: ApiKeyLimits, patch: ApiKeyLimitsPatch): ApiKeyLimits {
  return {
    dailyCapNanoUsd: patched(limits.dailyCapNanoUsd, patch.dailyCapNanoUsd),
    weeklyCapNanoUsd: patched(limits.weeklyCapNanoUsd, patch.weeklyCapNanoUsd),
    monthlyCapNanoUsd: patched(limits.monthlyCapNanoUsd, patch.monthlyCapNanoUsd),
    requestsPerMinute: patched(limits.requestsPerMinute, patch.requestsPerMinute),
    tokensPerMinute: patched(limits.tokensPerMinute, patch.tokensPerMinute),
    concurrency: patched(limits.concurrency, patch.concurrency),
    models: patched(limits.models, patch.models),
    expiresAt: patched(limits.expiresAt, patch.expiresAt),
  };
}

/** The key after a change, at its next version. A revoked key stays revoked: it is refused before this is asked. */
export function changedKey(key: ApiKeyRecord, patch: ApiKeyPatch): ApiKeyRecord {
  return {
    ...key,
    ...patchedLimits(key, patch),
    name: patch.name ?? key.name,
    status: statusAfter(key.status, patch.disabled),
    version: key.version + 1,
  };
}

export function revokedKey(key: ApiKeyRecord): ApiKeyRecord {
  return key.status === 'revoked' ? key : { ...key, status: 'revoked', version: key.version + 1 };
}

function statusAfter(status: ApiKeyRecord['status'], disabled: boolean | undefined): ApiKeyRecord['status'] {
  if (status === 'revoked' || disabled === undefined) return status;
  return disabled ? 'disabled' : 'active';
}

function patched<Value>(value: Value, patch: Value | undefined): Value {
  return patch === undefined ? value : patch;
}
