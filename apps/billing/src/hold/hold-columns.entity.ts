import type { Attempt, HoldOpened, UsageFinal } from '@apilink/contracts';
import { arrayOf, type ArrayElement, type ArrayElementType } from '@apilink/postgres';

import { storedDrawOf } from '../lot/lot-draw.domain.js';
import type { EndedHold } from '../settlement/settlement.domain.js';
import { storableJson } from '../settlement/storable-json.domain.js';

/** A column of `holds` as a batch writes it. */
interface HoldColumn<Item> {
  readonly name: string;
  readonly type: ArrayElementType;
  readonly valueOf: (item: Item) => ArrayElement;
}

/** What opening and final both tell of a hold. */
const factColumns: readonly HoldColumn<HoldOpened | UsageFinal>[] = [
  { name: 'generation_id', type: 'uuid', valueOf: (hold) => hold.generationId },
  { name: 'account_id', type: 'uuid', valueOf: (hold) => hold.accountId },
  { name: 'workspace_id', type: 'uuid', valueOf: (hold) => hold.workspaceId },
  { name: 'key_id', type: 'uuid', valueOf: (hold) => hold.keyId },
  { name: 'model_id', type: 'text', valueOf: (hold) => hold.modelId },
  { name: 'candidates', type: 'jsonb', valueOf: (hold) => storableJson(hold.candidates) },
  { name: 'period_day', type: 'text', valueOf: (hold) => hold.periods.day },
  { name: 'period_week', type: 'text', valueOf: (hold) => hold.periods.week },
  { name: 'period_month', type: 'text', valueOf: (hold) => hold.periods.month },
  { name: 'epoch', type: 'integer', valueOf: (hold) => hold.epoch },
  { name: 'opened_at', type: 'timestamptz', valueOf: (hold) => instantOf(hold.openedAt) },
];

export const openedColumns: readonly HoldColumn<HoldOpened>[] = [
  ...factColumns,
  { name: 'amount_nano_usd', type: 'bigint', valueOf: (hold) => hold.amountNanoUsd },
  { name: 'highest_nano_usd', type: 'bigint', valueOf: (hold) => hold.amountNanoUsd },
];

/** What an end writes beside the facts of the hold. */
const endColumns: readonly HoldColumn<EndedHold>[] = [
  { name: 'state', type: 'text', valueOf: ({ state }) => state },
  { name: 'amount_nano_usd', type: 'bigint', valueOf: ({ final }) => final.finalHoldNanoUsd },
  { name: 'highest_nano_usd', type: 'bigint', valueOf: ({ final }) => highestOf(final) },
  { name: 'ended_at', type: 'timestamptz', valueOf: ({ final }) => instantOf(final.endedAt) },
  { name: 'outcome', type: 'text', valueOf: ({ final }) => final.outcome },
  { name: 'reason', type: 'text', valueOf: ({ final }) => final.reason },
  { name: 'charge_nano_usd', type: 'bigint', valueOf: (ended) => ended.chargeNanoUsd },
  { name: 'written_off_nano_usd', type: 'bigint', valueOf: (ended) => ended.writtenOffNanoUsd },
  { name: 'absorbed_nano_usd', type: 'bigint', valueOf: (ended) => ended.absorbedNanoUsd },
  { name: 'draws', type: 'jsonb', valueOf: ({ draws }) => drawsOf(draws) },
  { name: 'edge_charge_nano_usd', type: 'bigint', valueOf: ({ final }) => final.chargeNanoUsd },
  { name: 'usage', type: 'jsonb', valueOf: ({ final }) => JSON.stringify(usedOf(final.usage)) },
  { name: 'usage_source', type: 'text', valueOf: ({ final }) => final.usageSource },
  { name: 'price_version', type: 'text', valueOf: ({ final }) => final.answeredBy?.priceVersion ?? null },
  { name: 'endpoint_id', type: 'text', valueOf: ({ final }) => final.answeredBy?.endpointId ?? null },
  { name: 'service_tier', type: 'text', valueOf: ({ final }) => final.serviceTier },
  { name: 'attempts', type: 'jsonb', valueOf: ({ final }) => storableJson(final.attempts.map(attemptOf)) },
  { name: 'dialect', type: 'text', valueOf: ({ final }) => final.dialect },
  { name: 'stream', type: 'boolean', valueOf: ({ final }) => final.stream },
  { name: 'status', type: 'integer', valueOf: ({ final }) => final.status },
  { name: 'finish_reason', type: 'text', valueOf: ({ final }) => final.finishReason },
  { name: 'app', type: 'jsonb', valueOf: ({ final }) => (final.app === null ? null : storableJson(final.app)) },
  { name: 'session', type: 'text', valueOf: ({ final }) => final.session },
  { name: 'end_user', type: 'text', valueOf: ({ final }) => final.endUser },
  { name: 'tags', type: 'jsonb', valueOf: ({ final }) => storableJson(final.tags) },
  { name: 'transfer_id', type: 'uuid', valueOf: ({ transferId }) => transferId },
  { name: 'ledger_version', type: 'bigint', valueOf: ({ ledgerVersion }) => ledgerVersion },
];

export const endedColumns: readonly HoldColumn<EndedHold>[] = [
  ...factColumns.map((column) => ({ ...column, valueOf: ({ final }: EndedHold) => column.valueOf(final) })),
  ...endColumns,
];

/** What the final says of the hold's own facts counts: the charge was made by them. */
export const replacedNames: readonly string[] = [
  'model_id',
  'period_day',
  'period_week',
  'period_month',
  'epoch',
  ...endColumns.map(({ name }) => name),
];

export function namesOf(columns: readonly { readonly name: string }[]): string {
  return columns.map(({ name }) => name).join(', ');
}

/** `unnest` of one parameter for each column, from `$1` on. */
export function unnestOf(columns: readonly { readonly type: ArrayElementType }[]): string {
  return `unnest(${columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ')})`;
}

export function parametersOf<Item>(columns: readonly HoldColumn<Item>[], items: readonly Item[]): readonly string[] {
  return columns.map(({ type, valueOf }) => arrayOf(type, items, valueOf));
}

function drawsOf(draws: EndedHold['draws']): string | null {
  return draws.length === 0 ? null : JSON.stringify(draws.map(storedDrawOf));
}

function instantOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** Whatever an event says of the highest, it was not below the final hold. */
function highestOf({ highestHoldNanoUsd, finalHoldNanoUsd }: UsageFinal): bigint {
  return highestHoldNanoUsd > finalHoldNanoUsd ? highestHoldNanoUsd : finalHoldNanoUsd;
}

/** Without the zeros, which the schema gives back: of sixteen figures a request has three or four. */
function usedOf(usage: UsageFinal['usage']): Readonly<Record<string, number>> {
  const used: Record<string, number> = {};
  for (const [name, count] of Object.entries(usage)) if (count !== 0) used[name] = count;
  return used;
}

/** In its wire form, by hand: a codec would be a third of the time of writing a batch. Receipts read it by the schema. */
function attemptOf(attempt: Attempt) {
  return {
    ...attempt,
    startedAt: instantOf(attempt.startedAt),
    usage: attempt.usage === null ? null : usedOf(attempt.usage),
    costNanoUsd: attempt.costNanoUsd?.toString() ?? null,
  };
}
