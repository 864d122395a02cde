import { describe, expect, it } from '@jest/globals';
import { accountIdSchema, lotIdSchema } from '@apilink/contracts';
import { creditOfCents, creditOfFen } from '@apilink/money';
import * as fc from 'fast-check';

import { partsOf } from '../refund/refund.domain.js';
import { drawnFenOf, LotBook, LotInvariantError, remainingOf, unusedOf, untouchedLot, type Lot } from './lot.domain.js';

const accountId = accountIdSchema.out.parse('01990000-0000-7000-8000-000000000001');
const rates = fc.bigInt({ min: 10_000_000n, max: 10_000_000_000n });

function lotId(number: number) {
  return lotIdSchema.out.parse(`01990000-0000-7000-8000-${String(number).padStart(12, '0')}`);
}

function gift(number: number, creditNanoUsd: bigint): Lot {
  const nobodyPaid = { kind: 'promo' as const, currency: 'USD' as const, paidMinorUnits: 0n };
  return { ...untouchedLot, ...nobodyPaid, lotId: lotId(number), accountId, creditNanoUsd };
}

function dollars(number: number, cents: bigint): Lot {
  return { ...gift(number, creditOfCents(cents)), kind: 'paid', paidMinorUnits: cents };
}

function yuan(number: number, fen: bigint, rate: bigint): Lot {
  return { ...gift(number, creditOfFen(fen, rate)), kind: 'paid', currency: 'CNY', paidMinorUnits: fen };
}

function sum(lots: readonly Lot[], figure: (lot: Lot) => bigint): bigint {
  return lots.reduce((all, lot) => all + figure(lot), 0n);
}

describe('RMB of a lot', () => {
  it('is exactly ¥100.00 after 30,000 calls of any size, and never goes down on the way', () => {
    const calls = 30_000;
    fc.assert(
      fc.property(
        rates,
        fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 8, maxLength: 8 }),
        (rate, sizes) => {
          const lot = yuan(1, 10_000n, rate);
          const book = new LotBook([lot]);
          let summed = 0n;
          let told = 0n;
          for (let call = 0; call < calls; call += 1) {
            const left = remainingOf(book.lots[0] ?? lot);
            const share = (lot.creditNanoUsd * BigInt(sizes[call % sizes.length] ?? 0)) / (500_000n * BigInt(calls));
            const amount = call === calls - 1 || share > left ? left : share;
            const [draw] = book.draw(0n, amount);
            const fen = draw?.drawnFen ?? told;
            expect(fen >= told).toBe(true);
            summed += fen - told;
            told = fen;
          }
          expect(summed).toBe(10_000n);
        },
      ),
      { numRuns: 5 },
    );
  });

  it('and what was given back of it are never more than was paid, and all of it once the lot is empty', () => {
    fc.assert(
      fc.property(rates, fc.bigInt({ min: 1n, max: 10n ** 7n }), fc.array(fc.nat({ max: 100 })), (rate, fen, steps) => {
        let lot = yuan(1, fen, rate);
        for (const [index, percent] of [...steps, 100].entries()) {
          const amount = (unusedOf(lot) * BigInt(percent)) / 100n;
          const [part] = index % 2 === 0 ? partsOf([lot], amount) : [];
          lot =
            part === undefined
              ? { ...lot, drawnNanoUsd: lot.drawnNanoUsd + amount }
              : {
                  ...lot,
                  refundedNanoUsd: lot.refundedNanoUsd + part.debitNanoUsd,
                  refundedMinorUnits: lot.refundedMinorUnits + part.minorUnits,
                };
          expect((drawnFenOf(lot) ?? 0n) + lot.refundedMinorUnits <= fen).toBe(true);
        }
        const rest = { ...lot, drawnNanoUsd: lot.drawnNanoUsd + unusedOf(lot) };
        expect((drawnFenOf(rest) ?? 0n) + rest.refundedMinorUnits).toBe(fen);
      }),
    );
  });
});

describe('lots', () => {
  it('give gifts first, then payments, each the oldest first', () => {
    const book = new LotBook([dollars(1, 1n), gift(2, 30n), dollars(3, 1n), gift(4, 30n)]);
    const draws = book.draw(40n, 10_000_005n);
    expect(book.lots.map(({ drawnNanoUsd }) => drawnNanoUsd)).toEqual([10_000_000n, 30n, 5n, 10n]);
    expect(draws.map((draw) => draw.lotId)).toEqual([lotId(1), lotId(3)]);
  });

  it('give no more than they have, and nothing of what is kept for a refund', () => {
    const kept = { ...dollars(1, 1n), refundingNanoUsd: 9_000_000n };
    expect(() => new LotBook([kept]).draw(0n, 1_000_001n)).toThrow(LotInvariantError);
    expect(() => new LotBook([kept]).draw(1n, 0n)).toThrow(LotInvariantError);
    expect(new LotBook([kept]).draw(0n, 1_000_000n)).toHaveLength(1);
  });

  it('move what was drawn from money that a bank took back to other payments, and lose none of it', () => {
    const lotLists = fc.array(fc.tuple(fc.bigInt({ min: 1n, max: 100n }), fc.nat({ max: 100 }), fc.boolean()), {
      minLength: 1,
    });
    fc.assert(
      fc.property(lotLists, (facts) => {
        const lots = facts.map(([cents, percent, isTaken], index) => {
          const lot = dollars(index, cents);
          const drawnNanoUsd = (lot.creditNanoUsd * BigInt(percent)) / 100n;
          return { ...lot, drawnNanoUsd, chargedBackNanoUsd: isTaken ? lot.creditNanoUsd : 0n };
        });
        const book = new LotBook(lots);
        book.fillGap();
        expect(sum(book.lots, (lot) => lot.drawnNanoUsd)).toBe(sum(lots, (lot) => lot.drawnNanoUsd));
        expect(sum(book.lots, remainingOf)).toBe(sum(lots, remainingOf));
        const owed = sum(book.lots, (lot) => (remainingOf(lot) < 0n ? -remainingOf(lot) : 0n));
        expect(owed === 0n || sum(book.lots, unusedOf) === 0n).toBe(true);
      }),
    );
  });

  it('go back in whole cents, each worth what comes off the balance, and whole when nothing was used', () => {
    expect(partsOf([dollars(1, 500n)], 5_000_000_000n)).toMatchObject([
      { minorUnits: 500n, debitNanoUsd: 5_000_000_000n },
    ]);
    expect(partsOf([dollars(1, 500n)], 19_999_999n)).toMatchObject([{ minorUnits: 1n, debitNanoUsd: 10_000_000n }]);
    expect(partsOf([dollars(1, 500n)], 9_999_999n)).toEqual([]);
    const rmb = yuan(1, 10_000n, 715_901_700n);
    expect(partsOf([rmb], rmb.creditNanoUsd)).toMatchObject([{ minorUnits: 10_000n, debitNanoUsd: rmb.creditNanoUsd }]);
  });
});
