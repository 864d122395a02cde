import type { AccountId, WorkspaceId } from '@apilink/contracts';

/** The paying organisation, as its row stands. */
export interface AccountRecord {
  readonly accountId: AccountId;
  readonly name: string;
  readonly status: 'active' | 'suspended';
  /** IANA name; fixes the periods of caps. */
  readonly timeZone: string;
  /** Requests at once over all keys; null = no limit. */
  readonly concurrency: number | null;
  readonly defaultWorkspaceId: WorkspaceId;
  readonly version: number;
  readonly createdAt: number;
}

/** What a person may change of an account; what is left out stays. */
export interface AccountPatch {
  readonly name?: string | undefined;
  readonly status?: 'active' | 'suspended' | undefined;
  readonly timeZone?: string | undefined;
}

/** The account after a change, at its next version. */
export function changedAccount(account: AccountRecord, patch: AccountPatch): AccountRecord {
  return {
    ...account,
    name: patch.name ?? account.name,
    status: patch.status ?? account.status,
    timeZone: patch.timeZone ?? account.timeZone,
    version: account.version + 1,
  };
}
