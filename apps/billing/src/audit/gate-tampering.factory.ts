import type { AccountSnapshot, GateAccountView } from '@apilink/holds';

import type { GateReading } from './gate-comparison.service.js';
import {
  specimenAccountId,
  specimenHolds,
  specimenKeyId,
  specimenPeriods,
  specimenWorkspaceId,
} from './specimen.factory.js';

const OPENED_AT = Date.UTC(2026, 10, 22, 8);

const hold = {
  accountId: specimenAccountId,
  workspaceId: specimenWorkspaceId,
  keyId: specimenKeyId,
  holdId: specimenHolds.open,
  amountNanoUsd: 250n,
  periods: specimenPeriods,
  openedAt: OPENED_AT,
  expiresAt: OPENED_AT + 90_000,
  final: false,
};

const told = {
  balance: { postedNanoUsd: 440n, version: 4, creditedNanoUsd: 1_000n, spentNanoUsd: 560n },
  account: { status: 'active', timeZone: 'UTC', concurrency: null, version: 1 },
  workspaces: [{ workspaceId: specimenWorkspaceId, status: 'active', monthlyBudgetNanoUsd: 5_000n, version: 1 }],
  keys: [
    {
      keyId: specimenKeyId,
      keyHash: '0'.repeat(64),
      workspaceId: specimenWorkspaceId,
      status: 'active',
      expiresAt: null,
      requestsPerMinute: null,
      tokensPerMinute: null,
      concurrency: null,
      dailyCapNanoUsd: null,
      weeklyCapNanoUsd: null,
      monthlyCapNanoUsd: 5_000n,
      models: null,
      version: 1,
    },
  ],
  periods: [{ scope: 'key', scopeId: specimenKeyId, period: specimenPeriods.month, spentNanoUsd: 560n, version: 3 }],
} as const;

const snapshot: AccountSnapshot = { ...told, accountId: specimenAccountId, epoch: 1, holds: [hold] };
const view: GateAccountView = {
  ...told,
  heldNanoUsd: 250n,
  running: 1,
  holds: [hold],
  heldByPeriod: [
    { scope: 'key', scopeId: specimenKeyId, period: 'total', heldNanoUsd: 250n },
    { scope: 'workspace', scopeId: specimenWorkspaceId, period: specimenPeriods.month, heldNanoUsd: 250n },
  ],
};

/** A gate that says what the tables say. */
export const faithfulReading: GateReading = { snapshot, view, ended: [], forgottenBefore: OPENED_AT };

export interface GateTampering {
  readonly kind: string;
  readonly invariant: string;
  /** One sentence of what holds, as of the checks of the tables. */
  readonly description: string;
  readonly reading: GateReading;
}

function gateSays(change: Partial<GateAccountView>): GateReading {
  return { ...faithfulReading, view: { ...view, ...change } };
}

/** A gate that says something else, once for each kind of difference. */
export const gateTamperings: readonly GateTampering[] = [
  {
    kind: 'the gate has another balance',
    invariant: '6 the gate has the balance of the ledger',
    description: "The gate has the ledger's balance, credited and spent, at its version.",
    reading: gateSays({ balance: { ...told.balance, postedNanoUsd: 441n } }),
  },
  {
    kind: 'the gate admitted more than there is',
    invariant: '6 held is within posted',
    description: 'The gate never holds more than is posted.',
    reading: gateSays({ heldNanoUsd: 441n }),
  },
  {
    kind: 'the gate has an old limit of a key',
    invariant: '6 the gate has the limits of the tables',
    description: 'The gate has the status, limits and caps of the account, its workspaces and its keys.',
    reading: gateSays({ keys: told.keys.map((key) => ({ ...key, monthlyCapNanoUsd: 9_000n })) }),
  },
  {
    kind: 'the gate forgot spend',
    invariant: '6 the gate has the spend of the tables',
    description: 'The gate has the spend of every key and workspace in every period.',
    reading: gateSays({ periods: [] }),
  },
  {
    kind: 'the held sum of the gate drifted',
    invariant: '6 held is the sum of the listed holds',
    description: 'What the gate counts as held is the sum of the holds that it lists.',
    reading: gateSays({ heldNanoUsd: 249n }),
  },
  {
    kind: 'the gate lists a hold that has ended',
    invariant: '6 a hold that has ended holds nothing',
    description: 'The gate lists no hold that has ended in the tables.',
    reading: { ...faithfulReading, ended: [specimenHolds.open] },
  },
  {
    kind: 'a hold is open in the table alone',
    invariant: '4 every hold ends',
    description: 'A hold that is open in the tables is listed in the gate, or the reaper ends it.',
    reading: {
      ...faithfulReading,
      view: { ...view, heldNanoUsd: 0n, holds: [], heldByPeriod: [] },
      forgottenBefore: OPENED_AT + 1,
    },
  },
];
