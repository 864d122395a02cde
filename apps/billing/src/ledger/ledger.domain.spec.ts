import { describe, expect, it } from '@jest/globals';
import { accountIdSchema } from '@apilink/contracts';
import * as fc from 'fast-check';

import { systemLedgerAccounts, writeOffAccounts } from './ledger-account.domain.js';
import {
  postedOf,
  postGrant,
  postUsage,
  transferIdOf,
  type CustomerBalance,
  type LedgerEntry,
} from './ledger.domain.js';

const accountId = accountIdSchema.out.parse('01990000-0000-7000-8000-000000000001');
const amounts = fc.bigInt({ min: 0n, max: 9_000_000_000_000_000n });
const balances: fc.Arbitrary<CustomerBalance> = fc.record({
  accountId: fc.constant(accountId),
  paidNanoUsd: amounts,
  promoNanoUsd: amounts,
  spentNanoUsd: amounts,
  creditedNanoUsd: amounts,
  refundingNanoUsd: fc.constant(0n),
  gapNanoUsd: fc.constant(0n),
  version: fc.bigInt({ min: 0n, max: 1_000n }),
  ledgerVersion: fc.bigInt({ min: 0n, max: 1_000n }),
});
const usages = fc.record({
  chargeNanoUsd: amounts,
  writtenOffNanoUsd: amounts,
  writeOffReason: fc.constantFrom('estimate_shortfall' as const, 'posted_short' as const, 'late' as const),
  absorbedNanoUsd: amounts,
  costNanoUsd: amounts,
});

function sum(entries: readonly LedgerEntry[]): bigint {
  return entries.reduce((total, entry) => total + entry.amountNanoUsd, 0n);
}

describe('postings of usage', () => {
  it('balance, whatever is charged, written off and paid to providers', () => {
    fc.assert(
      fc.property(balances, usages, (balance, usage) => expect(sum(postUsage(balance, usage).entries)).toBe(0n)),
    );
  });

  it('never bring promo or paid below zero, and take promo first', () => {
    fc.assert(
      fc.property(balances, usages, (balance, usage) => {
        const { balance: after, paidNanoUsd } = postUsage(balance, usage);
        expect(after.promoNanoUsd >= 0n && after.paidNanoUsd >= 0n).toBe(true);
        expect(paidNanoUsd === 0n || after.promoNanoUsd === 0n).toBe(true);
      }),
    );
  });

  it('take the whole charge, from the customer as far as posted goes and from us beyond', () => {
    fc.assert(
      fc.property(balances, usages, (balance, usage) => {
        const posting = postUsage(balance, usage);
        const taken = posting.promoNanoUsd + posting.paidNanoUsd;
        expect(taken + posting.writtenOffNanoUsd).toBe(usage.chargeNanoUsd + usage.writtenOffNanoUsd);
        expect(postedOf(posting.balance)).toBe(postedOf(balance) - taken);
        expect(posting.postedShortNanoUsd > 0n).toBe(usage.chargeNanoUsd > postedOf(balance));
      }),
    );
  });

  it('raise the version by one when they touch the customer, and leave it otherwise', () => {
    fc.assert(
      fc.property(balances, usages, (balance, usage) => {
        const posting = postUsage(balance, usage);
        const touches = posting.promoNanoUsd + posting.paidNanoUsd > 0n;
        expect(posting.balance.ledgerVersion).toBe(balance.ledgerVersion + (touches ? 1n : 0n));
      }),
    );
  });

  it('name each ledger account once, so that a transfer has one line of each', () => {
    fc.assert(
      fc.property(balances, usages, (balance, usage) => {
        const ids = postUsage(balance, usage).entries.map(({ ledgerAccountId }) => ledgerAccountId);
        expect(new Set(ids).size).toBe(ids.length);
      }),
    );
  });
});

describe('postings of grants', () => {
  it('balance and raise credited with posted', () => {
    fc.assert(
      fc.property(balances, amounts, (balance, amount) => {
        const { balance: after, entries } = postGrant(balance, amount);
        expect(sum(entries)).toBe(0n);
        expect(postedOf(after) - postedOf(balance)).toBe(amount);
        expect(after.creditedNanoUsd - balance.creditedNanoUsd).toBe(amount);
      }),
    );
  });
});

describe('ids of the ledger', () => {
  it('are the same for the same fact for ever', () => {
    expect(transferIdOf('usage_settled', 'a')).toBe(transferIdOf('usage_settled', 'a'));
    expect(transferIdOf('usage_settled', 'a')).not.toBe(transferIdOf('credit_granted', 'a'));
    expect(transferIdOf('usage_settled', '01990000-0000-7000-8000-000000000001')).toBe(
      'f74c7422-c7f5-5619-95b5-f4390daf53c9',
    );
    expect(writeOffAccounts.late.ledgerAccountId).toBe('bb306df5-5ca2-5f28-a1fa-cdf5c5d0d28a');
  });

  it('name every system account once', () => {
    const ids = systemLedgerAccounts.map(({ ledgerAccountId }) => ledgerAccountId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
