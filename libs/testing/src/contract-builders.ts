import {
  holdOpenedSchema,
  rateCardSchema,
  usageFinalSchema,
  usageVectorSchema,
  type HoldOpened,
  type RateCardWire,
  type UsageFinal,
  type UsageVectorWire,
} from '@apilink/contracts';

import { testId } from './test-ids.js';

/** 2026-11-22T08:00:00.000Z, where `ManualClock` starts. */
export const TEST_TIME = Date.UTC(2026, 10, 22, 8);

const MODEL = 'demo/echo';
const ENDPOINT = 'demo/echo-1';
const PRICE_VERSION = `pv_${'0'.repeat(32)}`;

const facts = {
  generationId: testId.generation(1),
  accountId: testId.account(1),
  workspaceId: testId.workspace(1),
  keyId: testId.key(1),
  modelId: MODEL,
  candidates: [{ endpointId: ENDPOINT, priceVersion: PRICE_VERSION }],
  periods: { day: '2026-11-22', week: '2026-W47', month: '2026-11' },
  openedAt: TEST_TIME,
  epoch: 1,
};

/** What an answer used; everything that is not said is 0. */
export function usageVector(usage: Partial<UsageVectorWire> = {}): UsageVectorWire {
  return usageVectorSchema.parse(usage);
}

/** A card of $1 per million input and $2 per million output tokens, at half of that in cost. */
export function rateCard(changes: Partial<RateCardWire> = {}): RateCardWire {
  const row = {
    sell: { input: 1_000_000_000n, output: 2_000_000_000n },
    cost: { input: 500_000_000n, output: 1_000_000_000n },
  };
  const card: RateCardWire = {
    priceVersion: PRICE_VERSION,
    modelId: MODEL,
    endpointId: ENDPOINT,
    currency: 'USD',
    rows: [{ minInputTokens: 0, serviceTier: null, utcWindow: null, startsAt: null, ...row }],
  };
  return checked(rateCardSchema, { ...card, ...changes });
}

/** A hold of one cent. */
export function holdOpened(changes: Partial<HoldOpened> = {}): HoldOpened {
  return checked(holdOpenedSchema, { ...facts, amountNanoUsd: 10_000_000n, ...changes });
}

/** A completed answer of 1,000 input and 500 output tokens at the card of `rateCard`: 2,000,000 nano-USD. */
export function usageFinal(changes: Partial<UsageFinal> = {}): UsageFinal {
  const usage = usageVector({ input: 1_000, output: 500 });
  const event: UsageFinal = {
    ...facts,
    outcome: 'completed',
    reason: null,
    highestHoldNanoUsd: 10_000_000n,
    finalHoldNanoUsd: 10_000_000n,
    chargeNanoUsd: 2_000_000n,
    usage,
    usageSource: 'upstream',
    answeredBy: { endpointId: ENDPOINT, priceVersion: PRICE_VERSION },
    serviceTier: null,
    attempts: [
      {
        endpointId: ENDPOINT,
        provider: 'demo',
        credential: 'default',
        startedAt: TEST_TIME + 5,
        firstTokenMs: 200,
        durationMs: 900,
        class: 'ok',
        status: 200,
        usage,
        costNanoUsd: 1_000_000n,
        hedge: false,
      },
    ],
    endedAt: TEST_TIME + 1_000,
    dialect: 'chat',
    stream: true,
    status: 200,
    finishReason: 'stop',
    app: null,
    session: null,
    endUser: null,
    tags: [],
  };
  return checked(usageFinalSchema, { ...event, ...changes });
}

/** A builder that breaks the contract would make tests of nothing. */
function checked<Value>(schema: { encode(value: Value): unknown }, value: Value): Value {
  schema.encode(value);
  return value;
}
