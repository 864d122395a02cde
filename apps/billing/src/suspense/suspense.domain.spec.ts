import { describe, expect, it } from '@jest/globals';
import { accountIdSchema, lotIdSchema, suspenseIdSchema, type SuspenseState } from '@apilink/contracts';

import { refusalOf, type SuspenseEntry, type SuspenseStep } from './suspense.domain.js';

const uuid = '019a9d3c-5b1e-7c2d-8f3a-0123456789ab';
const waiting: SuspenseEntry = {
  suspenseId: suspenseIdSchema.out.parse(uuid),
  channel: 'bank_transfer',
  reference: 'TT-1',
  currency: 'CNY',
  minorUnits: 100_000n,
  reason: 'no_checkout',
  payer: 'Acme',
  remark: null,
  bookedOn: null,
  orderId: null,
  proposedAccountId: null,
  recordedBy: 'zhang',
  state: 'unmatched',
  accountId: null,
  askedBy: null,
  approvedBy: null,
  returnReference: null,
  lotId: null,
  receivedAt: 0,
};
const steps: readonly SuspenseStep[] = ['match', 'ask_return', 'approve', 'reject'];

function inState(state: SuspenseState): SuspenseEntry {
  return {
    ...waiting,
    state,
    askedBy: state === 'unmatched' ? null : 'zhang',
    accountId: state === 'matched' ? accountIdSchema.out.parse(uuid) : null,
    lotId: state === 'credited' ? lotIdSchema.out.parse(uuid) : null,
  };
}

describe('money in suspense', () => {
  it.each([
    ['unmatched', ['match', 'ask_return']],
    ['matched', ['approve', 'reject']],
    ['return_asked', ['approve', 'reject']],
    ['credited', []],
    ['returned', []],
  ] as const)('that is %s allows another person: %j', (state, possible) => {
    expect(steps.filter((step) => refusalOf(step, inState(state), 'li') === null)).toEqual(possible);
  });

  it('is not approved by who asked, but may be taken back by them', () => {
    expect(refusalOf('approve', inState('matched'), 'zhang')).toMatchObject({ code: 'second_person_needed' });
    expect(refusalOf('approve', inState('return_asked'), 'zhang')).toMatchObject({ code: 'second_person_needed' });
    expect(refusalOf('reject', inState('matched'), 'zhang')).toBeNull();
  });

  it('is not moved by the shared operator token, which one person may hold beside a token of their own', () => {
    for (const step of ['match', 'ask_return'] as const) {
      expect(refusalOf(step, waiting, 'operator')).toMatchObject({ code: 'second_person_needed' });
    }
    expect(refusalOf('approve', inState('matched'), 'operator')).toMatchObject({ code: 'second_person_needed' });
  });

  it('says what stands in the way', () => {
    expect(refusalOf('match', inState('credited'), 'li')).toMatchObject({
      code: 'wrong_state',
      detail: 'it was credited with the approval of somebody',
    });
  });
});
