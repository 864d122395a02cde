import type { Receipt } from '@apilink/contracts';

export interface OpenGeneration {
  readonly generation: string;
  readonly account: string;
  readonly workspace: string;
  readonly key: string;
  /** Null when another edge runs it. */
  readonly hold: { readonly amountNanoUsd: bigint; readonly openedAt: number } | null;
  /** Our clock, ms since the epoch. */
  readonly at: number;
}

/** The receipt of a generation that runs, or whose end billing has not heard of yet. */
export function openReceipt(open: OpenGeneration): Receipt {
  return {
    id: open.generation,
    state: 'open',
    outcome: null,
    reason: null,
    hold_nano_usd: (open.hold?.amountNanoUsd ?? 0n).toString(),
    charge_nano_usd: '0',
    released_nano_usd: '0',
    written_off_nano_usd: '0',
    charge_basis: null,
    metered_nano_usd: null,
    lines: [],
    cache_premium_absorbed_nano_usd: '0',
    cache_premium_lines: [],
    usage: null,
    usage_source: null,
    price_version: null,
    service_tier: null,
    attempts: [],
    account_id: open.account,
    workspace_id: open.workspace,
    key_id: open.key,
    model: '',
    provider_name: null,
    streamed: null,
    finish_reason: null,
    created_at: new Date(open.hold?.openedAt ?? open.at).toISOString(),
    ended_at: null,
    total_cost: 0,
    usage_cost_usd: '0.000000000',
    tokens_prompt: 0,
    tokens_completion: 0,
    native_tokens_prompt: 0,
    native_tokens_completion: 0,
    native_tokens_reasoning: 0,
    native_tokens_cached: 0,
    latency: null,
    generation_time: null,
    app_id: null,
    origin: null,
    is_byok: false,
  };
}
