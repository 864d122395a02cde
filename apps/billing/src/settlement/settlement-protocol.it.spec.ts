import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GenerationId, HoldOpened, UsageFinal } from '@apilink/contracts';
import {
  periodCandidates,
  PostgresHoldStore,
  type GateChange,
  type GateEpochs,
  type OpenedHoldStore,
} from '@apilink/holds';
import { emptyUsage } from '@apilink/pricing';
import {
  createTestDatabase,
  isConfigurationName,
  proofDepth,
  proofSeed,
  proofTitle,
  protocolConfigurations,
  ProtocolWalk,
  type TestDatabase,
  type WalkedStep,
} from '@apilink/testing';
import * as fc from 'fast-check';

import { lateHoldIdOf } from '../ledger/ledger.domain.js';
import {
  BillingScenario,
  finalOf,
  newGenerationId,
  scenarioCard,
  type Customer,
} from '../scenario/billing-scenario.factory.js';

const RUNS = proofDepth({ ci: 60, soak: 3_000 });
/** The ledger of a refund is another story's. */
const names = Object.keys(protocolConfigurations)
  .filter(isConfigurationName)
  .filter((name) => !protocolConfigurations[name].refunds);
const walks = fc.record({
  configuration: fc.constantFrom(...names),
  choices: fc.array(fc.nat({ max: 5_039 }), { minLength: 10, maxLength: 60, size: 'max' }),
});

/** What stands in for the gate: it answers what the model's gate answers, and remembers what it was told. */
class ScriptedGate {
  readonly told: GateChange[] = [];
  epoch: number | null = null;
  #grant: { readonly holdId: GenerationId; readonly amountNanoUsd: bigint } | null = null;
  #expired: HoldOpened | null = null;

  readonly epochs: GateEpochs = {
    standing: () =>
      Promise.resolve({ runId: 'run', epoch: this.epoch, epochRunId: 'run', now: Date.now(), quietUntil: 0 }),
    beginEpoch: ({ epoch }) => {
      this.epoch = epoch;
      return Promise.resolve('begun');
    },
    endComparison: () => Promise.resolve(),
  };

  /** As a store: what a scenario does not script is the embedded gate's own. */
  over(base: PostgresHoldStore): OpenedHoldStore {
    return new Proxy<OpenedHoldStore>(base, {
      get: (target, name) => {
        if (name === 'apply') return (changes: readonly GateChange[]) => this.#apply(changes);
        if (name === 'load') return () => Promise.resolve('loaded');
        if (name === 'inspect') return () => Promise.resolve(null);
        if (name === 'reserve') return ({ holdId }: { holdId: GenerationId }) => this.#reserve(holdId);
        if (name === 'markExpired') return () => Promise.resolve(this.#marked());
        const own: unknown = Reflect.get(target, name, target);
        return typeof own === 'function' ? own.bind(target) : own;
      },
    });
  }

  async granting(holdId: GenerationId, amountNanoUsd: bigint, work: () => Promise<unknown>): Promise<void> {
    this.#grant = { holdId, amountNanoUsd };
    await work();
    this.#grant = null;
  }

  async expiring(hold: HoldOpened, work: () => Promise<unknown>): Promise<void> {
    this.#expired = hold;
    await work();
    this.#expired = null;
  }

  #apply(changes: readonly GateChange[]): Promise<void> {
    this.told.push(...changes);
    return Promise.resolve();
  }

  #reserve(holdId: GenerationId) {
    if (this.#grant?.holdId !== holdId || this.epoch === null) return Promise.resolve({ outcome: 'not_loaded' });
    return Promise.resolve({
      outcome: 'reserved',
      grantedNanoUsd: this.#grant.amountNanoUsd,
      epoch: this.epoch,
    });
  }

  #marked() {
    if (this.#expired === null) return [];
    const { generationId, ...facts } = this.#expired;
    return [{ ...facts, holdId: generationId, expiresAt: 0, final: false }];
  }
}

describe('the ledger in Postgres and the model of the protocol', () => {
  let test: TestDatabase;
  let billing: BillingScenario;
  const gate = new ScriptedGate();

  beforeAll(async () => {
    test = await createTestDatabase();
    const clock = { now: Date.now, holdExpiryMs: 90_000 };
    const database = await test.database('billing_app');
    const stage = { gate: gate.over(new PostgresHoldStore(database)), gateEpochs: gate.epochs };
    billing = await BillingScenario.create(test, clock, stage);
    // A few epochs, so that there are some before the present one.
    for (let epoch = 0; epoch < 4; epoch++) await beginEpoch();
  });

  afterAll(async () => {
    await billing.close();
    await test.drop();
  });

  async function beginEpoch(): Promise<void> {
    gate.epoch = null;
    await billing.services.epochWatch.watch();
  }

  it(
    `come to the same books after every commit of any history ${proofTitle(RUNS)}`,
    async () => {
      const property = fc.asyncProperty(walks, async ({ configuration, choices }) => {
        const walk = new ProtocolWalk(configuration);
        const customer = await billing.customer(BigInt(walk.state.posted));
        const books = new Books(customer);
        for (const choice of choices) {
          const walked = walk.take(choice);
          if (walked === null) break;
          await books.follow(walked);
          const known = { history: walk.history, books: await books.read() };
          expect(known).toEqual({ ...known, books: books.expected(walk) });
        }
        expect(await books.told(walk)).toEqual({ posted: BigInt(walk.state.posted), missing: [] });
      });
      await fc.assert(property, { numRuns: RUNS, seed: proofSeed });
    },
    120_000 + RUNS * 10_000,
  );

  /** One account, and the log as its edges have written it. */
  class Books {
    readonly #holds: HoldOpened[];
    #log: (HoldOpened | UsageFinal)[] = [];
    #at = 0;

    constructor(private readonly customer: Customer) {
      this.#holds = [0, 1, 2].map(() => holdOf(customer));
    }

    async follow({ step: { name, index, amount }, before }: WalkedStep): Promise<void> {
      switch (name) {
        case 'publish opened':
          return void this.#log.push(this.#hold(index));
        case 'publish final':
        case 'publish final, acknowledgement lost':
          return void this.#log.push(this.#final(index, before.generation(index)));
        case 'consume':
        case 'consume, offset not moved':
          return this.#consume(index, name === 'consume');
        case 'top up':
          return this.#topUp();
        case 'billing begins an epoch':
          return beginEpoch();
        case 'reaper ends':
        case 'reaper finds it ended':
          return gate.expiring(this.#hold(index), () => billing.services.reaper.reap());
        case 'late settlement commits': {
          const { generationId } = this.#hold(index);
          const settle = () => billing.services.lateSettlements.settlePending();
          return gate.granting(lateHoldIdOf(generationId), BigInt(amount), settle);
        }
      }
    }

    async read(): Promise<unknown> {
      const [balance] = await billing.database.query<{ posted: string; spent: string }>(
        'SELECT posted_nano_usd AS posted, spent_nano_usd AS spent FROM gate_balances WHERE account_id = $1',
        [this.customer.accountId],
      );
      const rows = await billing.database.query<{ generation_id: string; state: string }>(
        'SELECT generation_id, state FROM holds WHERE account_id = $1',
        [this.customer.accountId],
      );
      const stateOf = new Map(rows.map((row) => [row.generation_id, row.state]));
      const states = this.#holds.map(({ generationId }) => stateOf.get(generationId) ?? 'unknown');
      return { ...balance, states: states.map((state) => (state === 'voided' ? 'settled' : state)) };
    }

    expected({ state: { posted, spent, generations } }: ProtocolWalk): unknown {
      const states = generations.map(({ ledger }) => (ledger === 'claimed' ? 'expired' : ledger));
      return {
        posted: `${posted}`,
        spent: `${spent}`,
        states: this.#holds.map((_hold, at) => states[at] ?? 'unknown'),
      };
    }

    /** Once its writer has told all, the gate has the newest balance and the end of every hold. */
    async told({ state }: ProtocolWalk): Promise<unknown> {
      await billing.tellGate();
      const told = gate.told.filter(({ accountId }) => accountId === this.customer.accountId);
      const balances = told.flatMap(({ balance }) => balance ?? []);
      const newest = balances.toSorted((left, right) => right.version - left.version)[0];
      const closed = new Set<string>(told.flatMap((change) => change.closed ?? []));
      const ended = state.generations.flatMap(({ ledger }, index) =>
        ledger === 'unknown' || ledger === 'open' ? [] : [this.#hold(index).generationId],
      );
      gate.told.length = 0;
      return { posted: newest?.postedNanoUsd, missing: ended.filter((id) => !closed.has(id)) };
    }

    async #consume(count: number, movesOffset: boolean): Promise<void> {
      const refused = await billing.settle(this.#log.slice(0, count));
      if (refused.length > 0) throw new Error(`refused: ${refused.map(({ reason }) => reason).join(', ')}`);
      if (movesOffset) this.#log = this.#log.slice(count);
    }

    async #topUp(): Promise<void> {
      const { accountId } = this.customer;
      const requestKey = `${accountId}-${this.#at++}`;
      await billing.services.credits.grant({ accountId, amountNanoUsd: 1n, reason: 'test', requestKey, actor: 'test' });
    }

    #hold(index: number): HoldOpened {
      const hold = this.#holds[index];
      if (hold === undefined) throw new Error(`there is no hold ${index}`);
      return hold;
    }

    #final(index: number, { amount, confirmedAgo }: { amount: number; confirmedAgo: number }): UsageFinal {
      const charge = BigInt(amount);
      return finalOf(this.#hold(index), {
        outcome: amount === 0 ? 'rejected' : 'completed',
        finalHoldNanoUsd: charge,
        highestHoldNanoUsd: charge,
        chargeNanoUsd: charge,
        usage: { ...emptyUsage, input: amount },
        epoch: (gate.epoch ?? 0) - confirmedAgo,
        attempts: [],
      });
    }
  }
});

function holdOf(customer: Customer): HoldOpened {
  const now = Date.now();
  const { day, week, month } = periodCandidates('UTC', now);
  return {
    ...customer,
    generationId: newGenerationId(),
    modelId: scenarioCard.modelId,
    candidates: [{ endpointId: scenarioCard.endpointId, priceVersion: scenarioCard.priceVersion }],
    periods: { day: day.current, week: week.current, month: month.current },
    openedAt: now,
    // Nothing reads it of an opening: the final says in which epoch its hold was confirmed.
    epoch: 1,
    amountNanoUsd: 1n,
  };
}
