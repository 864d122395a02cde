import {
  specimenHolds,
  specimenWorkspaceId,
  type Specimen,
  type SpecimenRow,
  type SpecimenTableName,
} from './specimen.factory.js';

/** One way in which books can be wrong, and the invariant that has to find it. */
export interface Tampering {
  readonly kind: string;
  readonly invariant: string;
  readonly apply: (specimen: Specimen) => Specimen;
}

type Change = (row: SpecimenRow) => SpecimenRow | readonly SpecimenRow[];

function rows(table: SpecimenTableName, pick: (row: SpecimenRow, index: number) => boolean, change: Change) {
  return (specimen: Specimen): Specimen => ({
    ...specimen,
    [table]: specimen[table].flatMap((row, index) => (pick(row, index) ? change(row) : [row])),
  });
}

const first = (_row: SpecimenRow, index: number): boolean => index === 0;
const hold =
  (generationId: string) =>
  (row: SpecimenRow): boolean =>
    row['generation_id'] === generationId;
const set =
  (values: SpecimenRow): Change =>
  (row) => ({ ...row, ...values });
const add =
  (column: string, amount: bigint): Change =>
  (row) => ({ ...row, [column]: (BigInt(String(row[column])) + amount).toString() });
const isCustomerEntry = (row: SpecimenRow): boolean => row['version'] !== null;

/** A tampering for each check of the books. */
export const tamperings: readonly Tampering[] = [
  {
    kind: 'an entry was changed',
    invariant: '1 transfers balance',
    apply: rows('ledger_entries', first, add('amount', 1n)),
  },
  {
    kind: 'an entry was deleted',
    invariant: '1 the ledger balances',
    apply: rows('ledger_entries', first, () => []),
  },
  {
    kind: 'a transfer lost its entries',
    invariant: '1 every transfer has entries',
    apply: (specimen) => {
      const lost = specimen.ledger_transfers[0]?.['transfer_id'];
      return rows(
        'ledger_entries',
        (row) => row['transfer_id'] === lost,
        () => [],
      )(specimen);
    },
  },
  {
    kind: 'an entry is in another currency',
    invariant: '1 an entry has the currency of its ledger account',
    apply: rows('ledger_entries', first, set({ currency: 'CNY' })),
  },
  {
    kind: 'a balance was raised',
    invariant: '2 posted is the sum of entries',
    apply: rows('gate_balances', first, add('promo_nano_usd', 1n)),
  },
  {
    kind: 'posted was raised',
    invariant: '2 posted is paid and promo',
    apply: rows('gate_balances', first, add('posted_nano_usd', 1n)),
  },
  {
    kind: 'a version was left out',
    invariant: '2 versions are gapless',
    apply: rows('gate_balances', first, add('ledger_version', 1n)),
  },
  {
    kind: 'a running balance was changed',
    invariant: '2 posted_after is the running sum',
    apply: rows('ledger_entries', isCustomerEntry, add('posted_after', 1n)),
  },
  {
    kind: 'an account has no balance row',
    invariant: '2 every account has its row and ledger accounts',
    apply: rows('gate_balances', first, () => []),
  },
  {
    kind: 'credited was raised',
    invariant: '3 credited is available, held and spent',
    apply: rows('gate_balances', first, add('credited_nano_usd', 1n)),
  },
  {
    kind: 'credited and spent were raised',
    invariant: '3 credited and spent are in the entries',
    apply: (specimen) =>
      rows(
        'gate_balances',
        first,
        add('spent_nano_usd', 1n),
      )(rows('gate_balances', first, add('credited_nano_usd', 1n))(specimen)),
  },
  {
    kind: 'a grant was raised',
    invariant: '3 a grant is its transfer',
    apply: rows('credit_grants', first, add('amount_nano_usd', 1n)),
  },
  {
    kind: 'a balance is below zero',
    invariant: '13 posted is not negative',
    apply: rows('gate_balances', first, set({ posted_nano_usd: '-1' })),
  },
  {
    kind: 'an open hold has an outcome',
    invariant: '4 a hold is open or has ended',
    apply: rows('holds', hold(specimenHolds.open), set({ outcome: 'completed' })),
  },
  {
    kind: 'a voided hold has a charge',
    invariant: '4 a hold that ended without a charge has none',
    apply: rows('holds', hold(specimenHolds.voided), set({ charge_nano_usd: '5' })),
  },
  {
    kind: 'a late settlement waits again',
    invariant: '4 late settlement at most once',
    apply: rows('late_settlements', first, set({ state: 'pending', granted_nano_usd: null })),
  },
  {
    kind: 'a generation was charged twice',
    invariant: '5 a request has at most one transfer',
    apply: rows('ledger_transfers', usageTransfer, (row) => [
      row,
      { ...row, transfer_id: 'ffffffff-0000-5000-8000-000000000000' },
    ]),
  },
  {
    kind: 'a hold forgot its transfer',
    invariant: '5 a transfer belongs to its hold',
    apply: rows('holds', hold(specimenHolds.completed), set({ transfer_id: null })),
  },
  {
    kind: 'a charge on a receipt was lowered',
    invariant: '5 a charge is what was posted',
    apply: rows('holds', hold(specimenHolds.completed), add('charge_nano_usd', -1n)),
  },
  {
    kind: 'a hold was given to another account',
    invariant: '5 a charge is posted to its own account',
    apply: rows('holds', hold(specimenHolds.completed), set({ account_id: specimenWorkspaceId })),
  },
  {
    kind: 'a hold was made smaller than its charge',
    invariant: '5 a charge is not above its hold',
    apply: rows('holds', hold(specimenHolds.completed), set({ amount_nano_usd: '299' })),
  },
  {
    kind: 'the hold of a disconnect was raised',
    invariant: '9 a disconnect is charged with the final hold',
    apply: rows('holds', hold(specimenHolds.disconnected), add('amount_nano_usd', 1n)),
  },
  {
    kind: 'a charge names another price version',
    invariant: '10 a charge uses a price version of its hold',
    apply: rows('holds', hold(specimenHolds.completed), set({ candidates: [] })),
  },
  {
    kind: 'the usage of a charge was changed',
    invariant: '10 a charge is what outcome, usage and pinned price say',
    apply: rows('holds', hold(specimenHolds.completed), (row) => ({
      ...row,
      usage: { output: 299 },
    })),
  },
  {
    kind: 'the spend of a period was lowered',
    invariant: '8 spend of a period is the sum of its charges',
    apply: rows('period_spends', first, add('spent_nano_usd', -1n)),
  },
  {
    kind: 'a key spent more than its cap',
    invariant: '8 spend of a key is within its cap',
    apply: rows('api_keys', first, set({ monthly_cap_nano_usd: '559' })),
  },
  {
    kind: 'a workspace spent more than its budget',
    invariant: '8 spend of a workspace is within its budget',
    apply: rows('workspaces', first, set({ monthly_budget_nano_usd: '559' })),
  },
];

function usageTransfer(row: SpecimenRow): boolean {
  return row['ref'] === specimenHolds.completed;
}
