import { accountIdSchema, type AccountId, type VerifiedIdentity, type WorkspaceId } from '@apilink/contracts';
import { v5 as uuidv5 } from 'uuid';

import { LEDGER_NAMESPACE } from '../ledger/ledger-account.domain.js';

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

/** What is asked of a new account; kept in the audit log, so that the same request key is known again. */
export interface NewAccount {
  readonly name: string;
  readonly timeZone: string;
  readonly withFreeCredit: boolean;
  /** Whose free credit it is; left out, the account itself counts. */
  readonly identity?: VerifiedIdentity | undefined;
  /** The same value twice creates one account. */
  readonly requestKey?: string | undefined;
}

/** The id of an account that is created under a request key: asked for again, it meets itself. */
export function accountIdOfRequest(requestKey: string): AccountId {
  return accountIdSchema.out.parse(uuidv5(`account:${requestKey}`, LEDGER_NAMESPACE));
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
