import {
  accountIdSchema,
  encodeWireId,
  keyIdSchema,
  modelPublishedSchema,
  topics,
  workspaceIdSchema,
  type Capability,
  type Dialect,
} from '@apilink/contracts';
import type { AccountSnapshot, GateKey, GateWorkspace } from '@apilink/holds';
import type { Rates } from '@apilink/pricing';
import { z } from 'zod';

const uuid = (number: number): string => `01900000-0000-7000-8000-${String(number).padStart(12, '0')}`;
export const accountId = accountIdSchema.parse(encodeWireId('acc', uuid(1)));
export const workspaceId = workspaceIdSchema.parse(encodeWireId('ws', uuid(2)));
export const keyId = keyIdSchema.parse(encodeWireId('key', uuid(3)));
export const MODEL = 'acme/echo-1';

/** Round prices: an input token costs 1,000 nano-USD, an output token 10,000. */
export const INPUT_NANO_USD = 1_000n;
export const OUTPUT_NANO_USD = 10_000n;

export interface SeedOptions {
  readonly postedNanoUsd?: bigint;
  readonly key?: Partial<GateKey>;
  readonly workspace?: Partial<GateWorkspace>;
  readonly timeouts?: Partial<{ connectMs: number; firstTokenMs: number; idleMs: number; answerMs: number }>;
  readonly maxOutputTokens?: number;
  /** Of the one model beside tools and structured output. */
  readonly capabilities?: readonly Capability[];
  /** List price minus sell price. */
  readonly absorbed?: Rates;
  /** What both endpoints are spoken to in; default: chat. */
  readonly dialects?: readonly Dialect[];
  /** Sell prices; default: input and output as above. */
  readonly sell?: Rates;
}

/** The one account, with one key. */
export function snapshot(keyHash: string, options: SeedOptions, epoch: number): AccountSnapshot {
  const postedNanoUsd = options.postedNanoUsd ?? 1_000_000_000n;
  return {
    accountId,
    balance: { postedNanoUsd, version: 1, creditedNanoUsd: postedNanoUsd, spentNanoUsd: 0n },
    account: { status: 'active', timeZone: 'UTC', concurrency: null, version: 1 },
    workspaces: [{ workspaceId, status: 'active', monthlyBudgetNanoUsd: null, version: 1, ...options.workspace }],
    keys: [
      {
        keyId,
        keyHash,
        workspaceId,
        status: 'active',
        expiresAt: null,
        requestsPerMinute: null,
        tokensPerMinute: null,
        concurrency: null,
        dailyCapNanoUsd: null,
        weeklyCapNanoUsd: null,
        monthlyCapNanoUsd: null,
        models: null,
        version: 1,
        ...options.key,
      },
    ],
    periods: [],
    epoch,
    holds: [],
  };
}

/** The one model, on two endpoints. */
export function modelEvent(options: SeedOptions, alphaUrl: string, betaUrl: string) {
  const capabilities: Capability[] = ['tools', 'structured-output', ...(options.capabilities ?? [])];
  const rates = { input: INPUT_NANO_USD * 1_000_000n, output: OUTPUT_NANO_USD * 1_000_000n };
  const endpoint = (provider: string, baseUrl: string, weight: number) => ({
    endpointId: `${provider}/${MODEL}`,
    provider,
    providerName: provider,
    baseUrl,
    upstreamModel: 'upstream-model',
    dialects: [...(options.dialects ?? ['chat' as const])],
    capabilities,
    contextLength: 128_000,
    maxOutputTokens: options.maxOutputTokens ?? 8192,
    prefill: false,
    credentials: [],
    allowPrivateAddress: true,
    dataPolicy: { training: false, retentionDays: 0 },
    timeouts: { connectMs: 1000, firstTokenMs: 12_000, idleMs: 30_000, answerMs: 600_000, ...options.timeouts },
    enabled: true,
    weight,
    rateCard: {
      priceVersion: `pv_${provider.padEnd(32, '0').replaceAll(/[^0-9a-f]/g, '0')}`,
      modelId: MODEL,
      endpointId: `${provider}/${MODEL}`,
      currency: 'USD' as const,
      rows: [
        {
          minInputTokens: 0,
          serviceTier: null,
          utcWindow: null,
          startsAt: null,
          sell: options.sell ?? rates,
          cost: rates,
          ...(options.absorbed === undefined ? {} : { absorbed: options.absorbed }),
        },
      ],
    },
  });
  const model = {
    modelId: MODEL,
    name: 'Echo 1',
    description: '',
    created: 0,
    contextLength: 128_000,
    maxOutputTokens: options.maxOutputTokens ?? 8192,
    capabilities,
    unpriced: false,
    endpoints: [endpoint('alpha', alphaUrl, 1), endpoint('beta', betaUrl, 0)],
  };
  return {
    topic: topics.routing.name,
    key: MODEL,
    id: uuid(9),
    type: 'model.published',
    source: 'router',
    time: 0,
    body: JSON.stringify(z.encode(modelPublishedSchema, model)),
  };
}
