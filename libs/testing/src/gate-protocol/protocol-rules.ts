/**
 * The rules of the gate's protocol that are not plain accounting: sentences of docs/money.md and docs/decisions. A search
 * knows all of them; taking one out alone must bring a violation back, else it is not needed or not tested.
 */
export const protocolRules = {
  renews: 'An edge renews every hold that runs, or whose final is not acknowledged yet.',
  renewalNeverLowers: 'A renewal never lowers a hold that the gate knows, and never touches the amount of a final one.',
  growthOnly: 'Only final lowers: a late, smaller target without it leaves the hold and returns it.',
  tombstones: 'Ended and released ids leave a tombstone: nothing opens a closed hold again.',
  closesWithItsBalance: 'A commit closes its holds together with the balance: none of them later.',
  balanceWithItsCloses: 'A commit closes its holds together with the balance: none of them before.',
  reaperFence: 'The reaper ends a hold only when the consumers have passed the end offset of its mark.',
  reaperMarks:
    'The reaper first marks the hold in the gate: from then on a renewal answers gone; a new epoch starts it afresh.',
  endedListed: 'A hold that the gate lists and the ledger has ended gets a closing row.',
  openUnlisted:
    'A hold open in the ledger that a loaded gate does not list is restored there if affordable, else tombstoned.',
  epochFirst:
    'Without an epoch of its present run the gate answers every operation with not_loaded; a load of another epoch is refused.',
  quietInterval: 'After a loss every account admits nothing for one renewal interval.',
  quietGrowth: 'In that interval growth is refused too, also that of resize(final).',
  finalEpoch:
    'After the interval a renewal raises a hold only as far as growth would be granted; a final of another epoch is settled as late.',
  renewalEpoch:
    'What was confirmed in an epoch before the last one is believed only by a renewal, after the interval, when all that is listed is covered (decision 0015).',
  rememberedForLoad:
    'What apply tells an account that is not loaded is remembered, so that an older load begins with the newest.',
  periodsLoaded: 'A load brings the spend of the periods.',
  lateThroughGate:
    'A late settlement takes a hold of its own in the gate for what balance and caps leave, then posts exactly that.',
  epochGuard:
    'A commit that rests on a gate hold of billing checks the epoch in its transaction, else asks the gate again.',
  comparisonQuiet:
    'After a change of role an account stays quiet until its comparison is applied, which also restores open holds.',
} as const;

export type ProtocolRule = keyof typeof protocolRules;

/** Which of them a search keeps. */
export type ProtocolRulesInForce = Readonly<Record<ProtocolRule, boolean>>;

export function isProtocolRule(name: string): name is ProtocolRule {
  return Object.hasOwn(protocolRules, name);
}

export function rulesWithout(missing: ProtocolRule | null): ProtocolRulesInForce {
  const inForce = (rule: ProtocolRule) => rule !== missing;
  return {
    renews: inForce('renews'),
    renewalNeverLowers: inForce('renewalNeverLowers'),
    growthOnly: inForce('growthOnly'),
    tombstones: inForce('tombstones'),
    closesWithItsBalance: inForce('closesWithItsBalance'),
    balanceWithItsCloses: inForce('balanceWithItsCloses'),
    reaperFence: inForce('reaperFence'),
    reaperMarks: inForce('reaperMarks'),
    endedListed: inForce('endedListed'),
    openUnlisted: inForce('openUnlisted'),
    epochFirst: inForce('epochFirst'),
    quietInterval: inForce('quietInterval'),
    quietGrowth: inForce('quietGrowth'),
    finalEpoch: inForce('finalEpoch'),
    renewalEpoch: inForce('renewalEpoch'),
    rememberedForLoad: inForce('rememberedForLoad'),
    periodsLoaded: inForce('periodsLoaded'),
    lateThroughGate: inForce('lateThroughGate'),
    epochGuard: inForce('epochGuard'),
    comparisonQuiet: inForce('comparisonQuiet'),
  };
}
