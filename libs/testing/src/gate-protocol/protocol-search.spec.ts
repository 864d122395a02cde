import { describe, expect, it } from '@jest/globals';

import { proofDepth } from '../proof-depth.js';
import {
  isConfigurationName,
  protocolConfigurations,
  type ProtocolConfigurationName,
} from './protocol-configurations.js';
import { isProtocolRule, protocolRules, type ProtocolRule } from './protocol-rules.js';
import { searchProtocol } from './protocol-search.js';

/** Of one configuration, nearest first: complete where there are fewer. */
const STATES_MAX = proofDepth({ ci: 60_000, soak: 40_000_000 });
const SEARCH_MS_MAX = proofDepth({ ci: 300_000, soak: 3_600_000 });
/** Beyond this a rule counts as one that is not needed. */
const MUTANT_STATES_MAX = 1_200_000;

/** Where the absence of a rule shows, and as what. */
const missing: Readonly<Record<ProtocolRule, readonly [ProtocolConfigurationName, RegExp]>> = {
  renews: ['lost', /expires while its edge lives/],
  renewalNeverLowers: ['ordinary', /the gate gives away 1 where 0 is free/],
  growthOnly: ['delayed', /the gate gives away 2 where 1 is free/],
  tombstones: ['cutOff', /both deducted/],
  closesWithItsBalance: ['threeRequests', /both deducted/],
  balanceWithItsCloses: ['threeRequests', /the gate gives away 1 where 0 is free/],
  reaperFence: ['ordinary', /although its final was in the log/],
  reaperMarks: ['cutOff', /although its edge has renewed it/],
  endedListed: ['lost', /a hold stays in the gate for ever/],
  openUnlisted: ['ordinary', /stays open in the ledger for ever/],
  epochFirst: ['lost', /the gate gives away 2 where 1 is free/],
  quietInterval: ['lost', /posted would be below zero/],
  quietGrowth: ['lost', /posted would be below zero/],
  finalEpoch: ['lostAndCrashed', /the gate gives away 2 where 1 is free/],
  renewalEpoch: ['lostTwiceAndCut', /posted would be below zero/],
  rememberedForLoad: ['lostWhileLoading', /at rest the gate differs/],
  periodsLoaded: ['lostAndCapped', /of a cap that leaves 1/],
  lateThroughGate: ['capped', /the gate gives away/],
  epochGuard: ['refunded', /the gate gives away 2 where 1 is free/],
  comparisonQuiet: ['failedOver', /the gate gives away 2 where 1 is free/],
};

describe('the protocol of gate, edges and ledger', () => {
  it.each(Object.keys(protocolConfigurations).filter(isConfigurationName))(
    'keeps every promise in every interleaving: %s',
    (configuration) => {
      const finding = searchProtocol({ configuration, without: null, statesMax: STATES_MAX, endsAtViolation: true });
      expect(finding.violations).toEqual([]);
      expect(finding.isComplete || finding.states >= STATES_MAX).toBe(true);
    },
    SEARCH_MS_MAX,
  );

  it.each(Object.keys(protocolRules).filter(isProtocolRule))(
    'breaks a promise without the rule %s',
    (rule) => {
      const [configuration, promise] = missing[rule];
      const search = { configuration, without: rule, statesMax: MUTANT_STATES_MAX, endsAtViolation: true };
      const [violation] = searchProtocol(search).violations;
      expect(violation?.promise).toMatch(promise);
      expect(violation?.history.length).toBeGreaterThan(0);
    },
    300_000,
  );

  it('says with which steps a promise is broken', () => {
    const { violations } = searchProtocol({
      configuration: 'lost',
      without: 'epochFirst',
      statesMax: 10_000,
      endsAtViolation: true,
    });
    expect(violations[0]?.history).toEqual([
      'admit (0)',
      'the gate is lost (0)',
      'load waits for the consumer (0)',
      'load reads (0)',
      'load writes (0)',
    ]);
  });
});
