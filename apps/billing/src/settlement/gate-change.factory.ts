import type { AccountId, GenerationId } from '@apilink/contracts';
import type { GateBalance, GateChange, PeriodSpend } from '@apilink/holds';

import { postedOf, type CustomerBalance } from '../ledger/ledger.domain.js';

/** What a commit tells the gate of a balance: absolute, with the version that orders it. */
export function gateBalanceOf(balance: CustomerBalance): GateBalance {
  return {
    postedNanoUsd: postedOf(balance),
    version: Number(balance.version),
    creditedNanoUsd: balance.creditedNanoUsd,
    spentNanoUsd: balance.spentNanoUsd,
  };
}

export interface CommitParts {
  readonly balances: readonly CustomerBalance[];
  readonly periods: ReadonlyMap<AccountId, readonly PeriodSpend[]>;
  readonly closed: ReadonlyMap<AccountId, readonly GenerationId[]>;
}

/** One change per account: the holds of a commit are closed together with the balance that they moved. */
export function gateChangesOf({ balances, periods, closed }: CommitParts): readonly GateChange[] {
  const balanceOf = new Map(balances.map((balance) => [balance.accountId, gateBalanceOf(balance)]));
  const accountIds = new Set([...balanceOf.keys(), ...periods.keys(), ...closed.keys()]);
  return [...accountIds].map((accountId) => {
    const balance = balanceOf.get(accountId);
    return {
      accountId,
      ...(balance === undefined ? {} : { balance }),
      periods: periods.get(accountId) ?? [],
      closed: closed.get(accountId) ?? [],
    };
  });
}
