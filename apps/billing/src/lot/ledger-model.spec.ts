import { describe, expect, it } from '@jest/globals';
import { accountIdSchema, lotIdSchema } from '@apilink/contracts';
import { creditOfCents } from '@apilink/money';
import { proofDepth, proofSeed } from '@apilink/testing';
import * as fc from 'fast-check';

import { clearingAccount, writeOffAccounts } from '../ledger/ledger-account.domain.js';
import { postedOf, postGrant, postUsage, type CustomerBalance, type LedgerEntry } from '../ledger/ledger.domain.js';
import { creditPaid, debitPaid, withGap } from '../ledger/paid-posting.domain.js';
import { partsOf, worthOf } from '../refund/refund.domain.js';
import { LotBook, remainingOf, unusedOf, untouchedLot, type Lot } from './lot.domain.js';

const accountId = accountIdSchema.out.parse('01990000-0000-7000-8000-000000000001');
const clearing = clearingAccount('sandbox', 'USD');

type Step =
  | { readonly kind: 'grant' | 'usage'; readonly amount: bigint }
  | { readonly kind: 'topup'; readonly cents: bigint }
  | { readonly kind: 'refund'; readonly percent: number; readonly end: 'post' | 'void' | 'wait' }
  | { readonly kind: 'chargeback'; readonly pick: number }
  | { readonly kind: 'write_off' };

const amounts = fc.bigInt({ min: 1n, max: 50_000_000n });
const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('grant' as const), amount: amounts }),
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('usage' as const), amount: amounts }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('topup' as const), cents: fc.bigInt({ min: 1n, max: 9n }) }) },
  fc.record({
    kind: fc.constant('refund' as const),
    percent: fc.integer({ min: 1, max: 100 }),
    end: fc.constantFrom('post' as const, 'void' as const, 'wait' as const),
  }),
  fc.record({ kind: fc.constant('chargeback' as const), pick: fc.nat() }),
  fc.constant({ kind: 'write_off' as const }),
);

/** Books of one customer in memory: the rules alone, as the services put them together under the customer's lock. */
class Books {
  balance: CustomerBalance = {
    accountId,
    paidNanoUsd: 0n,
    promoNanoUsd: 0n,
    creditedNanoUsd: 0n,
    spentNanoUsd: 0n,
    refundingNanoUsd: 0n,
    gapNanoUsd: 0n,
    version: 0n,
    ledgerVersion: 0n,
  };
  book = new LotBook([]);
  readonly transfers: (readonly LedgerEntry[])[] = [];
  writtenOff = 0n;
  /** What the simple model knows: money in, money out, usage. */
  readonly model = { granted: 0n, paid: 0n, back: 0n, used: 0n, givenUp: 0n };

  take(step: Step): void {
    switch (step.kind) {
      case 'grant':
        return this.#grant(step.amount);
      case 'usage':
        return this.#use(step.amount);
      case 'topup':
        return this.#topUp(step.cents);
      case 'refund':
        return this.#refund(step.percent, step.end);
      case 'chargeback':
        return this.#chargeBack(step.pick);
      case 'write_off':
        return this.#writeOff();
    }
  }

  #add(lot: Omit<Lot, keyof typeof untouchedLot | 'lotId' | 'accountId' | 'currency'>): void {
    const number = String(this.transfers.length).padStart(12, '0');
    const lotId = lotIdSchema.out.parse(`01990000-0000-7000-8000-${number}`);
    this.book.add({ ...untouchedLot, ...lot, lotId, accountId, currency: 'USD' });
  }

  #posted(posting: { readonly balance: CustomerBalance; readonly entries: readonly LedgerEntry[] }): void {
    this.balance = posting.balance;
    if (posting.entries.length > 0) this.transfers.push(posting.entries);
  }

  #grant(amount: bigint): void {
    this.#add({ kind: 'promo', paidMinorUnits: 0n, creditNanoUsd: amount });
    this.#posted(postGrant(this.balance, amount));
    this.model.granted += amount;
  }

  #topUp(cents: bigint): void {
    this.#add({ kind: 'paid', paidMinorUnits: cents, creditNanoUsd: creditOfCents(cents) });
    this.#posted(creditPaid(this.balance, creditOfCents(cents), clearing));
    this.book.fillGap();
    this.model.paid += creditOfCents(cents);
  }

  #use(amount: bigint): void {
    const posting = postUsage(this.balance, {
      chargeNanoUsd: amount,
      writtenOffNanoUsd: 0n,
      writeOffReason: 'estimate_shortfall',
      absorbedNanoUsd: amount / 4n,
      costNanoUsd: amount / 2n,
    });
    this.book.draw(posting.promoNanoUsd, posting.paidNanoUsd);
    this.#posted(posting);
    this.writtenOff += posting.postedShortNanoUsd;
    this.model.used += amount;
  }

  #refund(percent: number, end: 'post' | 'void' | 'wait'): void {
    const free = this.book.lots.filter((lot) => lot.refundingNanoUsd === 0n);
    const unused = free.reduce((sum, lot) => sum + (lot.kind === 'paid' ? unusedOf(lot) : 0n), 0n);
    for (const { lotId, debitNanoUsd, minorUnits } of partsOf(free, (unused * BigInt(percent)) / 100n)) {
      this.book.change(lotId, (lot) => ({ ...lot, refundingNanoUsd: debitNanoUsd }));
      this.balance = { ...this.balance, refundingNanoUsd: this.balance.refundingNanoUsd + debitNanoUsd };
      if (end === 'wait') continue;
      const freed = { ...this.balance, refundingNanoUsd: this.balance.refundingNanoUsd - debitNanoUsd };
      if (end === 'void') {
        this.book.change(lotId, (lot) => ({ ...lot, refundingNanoUsd: 0n }));
        this.book.fillGap();
        this.balance = withGap(freed);
        continue;
      }
      this.#posted(debitPaid(freed, debitNanoUsd, clearing));
      this.book.change(lotId, (lot) => ({
        ...lot,
        refundingNanoUsd: 0n,
        refundedNanoUsd: lot.refundedNanoUsd + debitNanoUsd,
        refundedMinorUnits: lot.refundedMinorUnits + minorUnits,
      }));
      this.model.back += debitNanoUsd;
    }
  }

  #chargeBack(pick: number): void {
    const paid = this.book.lots.filter((lot) => lot.kind === 'paid' && lot.refundingNanoUsd === 0n);
    const lot = paid[pick % Math.max(paid.length, 1)];
    const minorUnits = lot === undefined ? 0n : lot.paidMinorUnits - lot.refundedMinorUnits - lot.chargedBackMinorUnits;
    if (lot === undefined || minorUnits === 0n) return;
    const debit = worthOf(lot, minorUnits);
    this.#posted(debitPaid(this.balance, debit, clearing));
    this.book.change(lot.lotId, (taken) => ({
      ...taken,
      chargedBackNanoUsd: taken.chargedBackNanoUsd + debit,
      chargedBackMinorUnits: taken.chargedBackMinorUnits + minorUnits,
    }));
    this.book.fillGap();
    this.model.back += debit;
  }

  #writeOff(): void {
    const gap = this.balance.gapNanoUsd;
    if (gap === 0n) return;
    this.#posted(creditPaid(this.balance, gap, writeOffAccounts.operator));
    for (const lot of this.book.lots) {
      const owed = -remainingOf(lot);
      if (owed > 0n)
        this.book.change(lot.lotId, (one) => ({ ...one, writtenOffNanoUsd: one.writtenOffNanoUsd + owed }));
    }
    this.model.givenUp += gap;
  }
}

function left(books: Books, kind: Lot['kind']): bigint {
  return books.book.lots.filter((lot) => lot.kind === kind).reduce((sum, lot) => sum + remainingOf(lot), 0n);
}

function check(books: Books): void {
  const { balance, model, transfers } = books;
  for (const entries of transfers) expect(entries.reduce((sum, { amountNanoUsd }) => sum + amountNanoUsd, 0n)).toBe(0n);
  expect([left(books, 'promo'), left(books, 'paid')]).toEqual([balance.promoNanoUsd, balance.paidNanoUsd]);
  const credited = model.granted + model.paid - model.back + model.givenUp;
  expect(balance.creditedNanoUsd).toBe(credited);
  expect(balance.spentNanoUsd).toBe(model.used - books.writtenOff);
  expect(postedOf(balance)).toBe(credited - balance.spentNanoUsd);
  // Below zero only by what banks took back; what is kept for refunds is always there.
  expect(balance.paidNanoUsd + balance.gapNanoUsd >= balance.refundingNanoUsd).toBe(true);
  const overdrawn = books.book.lots.filter((lot) => remainingOf(lot) < 0n);
  expect(overdrawn.every((lot) => lot.chargedBackNanoUsd > 0n)).toBe(true);
  expect(balance.gapNanoUsd).toBe(overdrawn.reduce((sum, lot) => sum - remainingOf(lot), 0n));
  const versions = transfers.flatMap((entries) => entries.flatMap(({ version }) => version ?? []));
  expect(new Set(versions).size).toBe(Number(balance.ledgerVersion));
  for (const lot of books.book.lots) {
    expect(lot.refundedMinorUnits + lot.chargedBackMinorUnits <= lot.paidMinorUnits).toBe(true);
  }
}

describe('the books of a customer', () => {
  it('balance, equal their lots and keep posted at zero or above through any history, chargebacks excepted', () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 30 }), (history) => {
        const books = new Books();
        for (const step of history) {
          books.take(step);
          check(books);
        }
        expect(books.balance.gapNanoUsd >= 0n && books.balance.promoNanoUsd >= 0n).toBe(true);
      }),
      { numRuns: proofDepth({ ci: 1_000, soak: 100_000 }), seed: proofSeed },
    );
  });
});
