import { lotIdSchema, type LotId, type TopupPaid, type TopupRefunded, type UsageSettled } from '@apilink/contracts';
import { TEST_TIME, testId, testUuid } from '@apilink/testing';
import { describe, expect, it } from '@jest/globals';
import { array, assert, bigInt, integer, nat, property, record, shuffledSubarray } from 'fast-check';

import { roundedShare } from '../lot/lot.domain.js';
import { InvoiceableBook } from './invoiceable-book.domain.js';

const MAINLAND = 'shanghai-co';
const lotId = (number: number): LotId => lotIdSchema.out.parse(testUuid(number));
let version = 0;

const posting = (account: number) => {
  version++;
  return {
    accountId: testId.account(account),
    transferId: testUuid(version),
    postedNanoUsd: 0n,
    version,
    postedAt: TEST_TIME + version,
  };
};

function paid(changes: Partial<TopupPaid> = {}): TopupPaid {
  return {
    ...posting(1),
    lotId: lotId(1),
    channel: 'alipay',
    reference: 'R-1',
    currency: 'CNY',
    paidMinorUnits: 10_000n,
    creditNanoUsd: 13_981_234_567n,
    fxQuote: { quoteId: 'q', rate: '0.13981234' },
    receivingEntity: MAINLAND,
    payer: null,
    ...changes,
  };
}

function drawn(drawnNanoUsd: bigint, changes: Partial<UsageSettled> = {}): UsageSettled {
  return {
    ...posting(1),
    generationId: testId.generation(1),
    workspaceId: testId.workspace(1),
    keyId: testId.key(1),
    modelId: 'demo/echo',
    outcome: 'completed',
    chargeNanoUsd: 1n,
    promoNanoUsd: 0n,
    paidNanoUsd: 1n,
    writtenOffNanoUsd: 0n,
    late: false,
    draws: [{ lotId: lotId(1), drawnNanoUsd }],
    ...changes,
  };
}

function refunded(refundedMinorUnits: bigint, changes: Partial<TopupRefunded> = {}): TopupRefunded {
  return {
    ...posting(1),
    lotId: lotId(1),
    refundId: 'r',
    currency: 'CNY',
    refundedMinorUnits,
    debitNanoUsd: 0n,
    ...changes,
  };
}

const empty = (): InvoiceableBook => new InvoiceableBook(MAINLAND, [], []);
const total = (book: InvoiceableBook): bigint =>
  book.newEntries.reduce((sum, { invoiceableFen }) => sum + invoiceableFen, 0n);

const bySource = (book: InvoiceableBook) => new Map(book.newEntries.map((entry) => [entry.sourceId, entry]));
const facts = (account: number) => ({
  accountId: testId.account(account),
  lotId: lotId(account),
  postedAt: TEST_TIME,
  version: 1,
});

const ofAccount = (account: number) => [
  {
    account,
    post: (book: InvoiceableBook) => book.pay(`${account} paid`, paid({ ...facts(account), creditNanoUsd: 90n })),
  },
  ...[10n, 20n, 55n, 90n].map((cumulative) => ({
    account,
    post: (book: InvoiceableBook) =>
      book.draw(
        `${account} ${cumulative}`,
        drawn(0n, { ...facts(account), draws: [{ lotId: lotId(account), drawnNanoUsd: cumulative }] }),
      ),
  })),
];

describe('what may be invoiced of a lot', () => {
  it('is exactly ¥100.00 when 30,000 calls have used it up', () => {
    const book = empty();
    const lot = paid();
    book.pay('paid', lot);
    const calls = 30_000n;
    for (let call = 1n; call <= calls; call++) book.draw(`call ${call}`, drawn((lot.creditNanoUsd * call) / calls));
    expect(book.newEntries).toHaveLength(30_001);
    expect(total(book)).toBe(10_000n);
  });

  it('is one rounding of the cumulative draw, in whatever portions it was drawn', () => {
    const cases = record({
      paidMinorUnits: bigInt({ min: 0n, max: 10n ** 12n }),
      portions: array(bigInt({ min: 1n, max: 10n ** 12n }), { minLength: 1, maxLength: 60 }),
      rest: bigInt({ min: 0n, max: 10n ** 12n }),
    });
    assert(
      property(cases, ({ paidMinorUnits, portions, rest }) => {
        const used = portions.reduce((sum, portion) => sum + portion, 0n);
        const book = empty();
        book.pay('paid', paid({ paidMinorUnits, creditNanoUsd: used + rest }));
        let cumulative = 0n;
        for (const [call, portion] of portions.entries()) book.draw(`${call}`, drawn((cumulative += portion)));
        expect(total(book)).toBe(roundedShare(paidMinorUnits, used, used + rest));
        expect(book.newEntries.every(({ invoiceableFen }) => invoiceableFen >= 0n)).toBe(true);
      }),
    );
  });

  it('rounds half a fen away from zero', () => {
    expect([1n, 2n, 3n, 4n].map((drawnOf8) => roundedShare(2n, drawnOf8, 8n))).toEqual([0n, 1n, 1n, 1n]);
    expect(roundedShare(1n, 1n, 2n)).toBe(1n);
  });

  it('comes out the same when draws and refunds arrive twice or in another order', () => {
    const cases = record({
      steps: array(bigInt({ min: 1n, max: 1000n }), { minLength: 1, maxLength: 8 }),
      refunds: array(bigInt({ min: 0n, max: 1000n }), { maxLength: 3 }),
    }).chain(({ steps, refunds }) => {
      let cumulative = 0n;
      const draws = steps.map((step) => drawn((cumulative += step)));
      const told = [
        ...draws.map((event, index) => ({
          id: `draw ${index}`,
          post: (to: InvoiceableBook) => to.draw(`draw ${index}`, event),
        })),
        ...refunds.map((fen, index) => {
          const event = refunded(fen);
          return { id: `refund ${index}`, post: (to: InvoiceableBook) => to.refund(`refund ${index}`, event) };
        }),
      ];
      const whole = shuffledSubarray(told, { minLength: told.length });
      return record({ shuffled: whole, again: shuffledSubarray(told) }).map((orders) => ({ told, ...orders }));
    });
    const lot = paid({ creditNanoUsd: 8_000n, paidMinorUnits: 7_777n });
    assert(
      property(cases, ({ told, shuffled, again }) => {
        const [inOrder, otherwise] = [empty(), empty()];
        for (const book of [inOrder, otherwise]) book.pay('paid', lot);
        for (const fact of told) expect(fact.post(inOrder)).toBeNull();
        for (const fact of [...shuffled, ...again]) expect(fact.post(otherwise)).toBeNull();
        expect(total(otherwise)).toBe(total(inOrder));
        expect(otherwise.newEntries).toHaveLength(inOrder.newEntries.length);
      }),
    );
  });

  it('does not depend on how events of several accounts are mixed', () => {
    const accounts = 3;
    const queues = Array.from({ length: accounts }, (_, account) => ofAccount(account + 1));
    const one = empty();
    for (const { post } of queues.flat()) post(one);
    assert(
      property(array(nat(accounts - 1), { minLength: 40, maxLength: 40 }), (choices) => {
        const mixed = empty();
        const waiting = queues.map((queue) => [...queue]);
        for (const choice of choices) waiting[choice]?.shift()?.post(mixed);
        for (const { post } of waiting.flat()) post(mixed);
        expect(bySource(mixed)).toEqual(bySource(one));
      }),
    );
  });

  it('is nothing for dollars, for RMB of another entity, and where nobody issues', () => {
    const lots = [paid({ currency: 'USD', fxQuote: null }), paid({ receivingEntity: 'apilink-nz' })];
    for (const lot of lots) {
      const book = empty();
      expect(book.pay('paid', lot)).toBeNull();
      expect(book.draw('call', drawn(lot.creditNanoUsd))).toBeNull();
      expect(book.refund('refund', refunded(1n, { currency: lot.currency }))).toBeNull();
      expect(book.newEntries.map(({ invoiceableFen, moneyFen }) => [invoiceableFen, moneyFen])).toEqual([
        [0n, 0n],
        [0n, 0n],
      ]);
    }
    const nobody = new InvoiceableBook(null, [], []);
    nobody.pay('paid', paid());
    nobody.draw('call', drawn(1_000_000_000n));
    expect(total(nobody)).toBe(0n);
  });

  it('loses what a bank took back as it loses what was given back', () => {
    const [refundedBook, takenBook] = [empty(), empty()];
    for (const book of [refundedBook, takenBook]) {
      book.pay('paid', paid());
      book.draw('call', drawn(paid().creditNanoUsd));
    }
    const { refundedMinorUnits, refundId: _refundId, ...told } = refunded(2_500n);
    refundedBook.refund('back', refunded(2_500n));
    const taken = { ...told, chargebackId: 'cbk_1', chargedBackMinorUnits: refundedMinorUnits, reason: 'stolen card' };
    expect(takenBook.takeBack('back', taken)).toBeNull();
    expect(takenBook.newEntries.at(-1)).toMatchObject({ kind: 'REFUND', invoiceableFen: -2_500n, moneyFen: -2_500n });
    expect(total(takenBook)).toBe(total(refundedBook));
    expect(total(takenBook)).toBe(paid().paidMinorUnits - 2_500n);
  });

  it('is not reduced by giving back what was never consumed, and at once by giving back what was', () => {
    const book = empty();
    book.pay('paid', paid({ paidMinorUnits: 10_000n, creditNanoUsd: 10_000n }));
    book.draw('call', drawn(3_000n));
    book.refund('unused', refunded(6_500n));
    expect(total(book)).toBe(3_000n);
    book.refund('more', refunded(1_000n));
    expect(total(book)).toBe(2_500n);
    expect(book.newEntries.map(({ moneyFen }) => moneyFen)).toEqual([10_000n, 0n, -6_500n, -1_000n]);
  });

  it('ignores gifts: a request without draws, or one that draws nothing from a lot', () => {
    const book = empty();
    const { draws: _draws, ...gift } = drawn(0n);
    expect(book.draw('gift', gift)).toBeNull();
    expect(book.draw('nothing', drawn(0n))).toBeNull();
    expect(book.newEntries).toEqual([]);
  });
});

describe('an event that contradicts the ledger', () => {
  it.each([
    [
      'unknown_lot',
      (book: InvoiceableBook) => book.draw('x', drawn(1n, { draws: [{ lotId: lotId(9), drawnNanoUsd: 1n }] })),
    ],
    ['unknown_lot', (book: InvoiceableBook) => book.refund('x', refunded(1n, { lotId: lotId(9) }))],
    ['foreign_lot', (book: InvoiceableBook) => book.draw('x', drawn(1n, { accountId: testId.account(2) }))],
    ['foreign_lot', (book: InvoiceableBook) => book.refund('x', refunded(1n, { currency: 'USD' }))],
    ['known_lot', (book: InvoiceableBook) => book.pay('x', paid())],
    ['overdrawn', (book: InvoiceableBook) => book.draw('x', drawn(13_981_234_568n))],
    ['overrefunded', (book: InvoiceableBook) => book.refund('x', refunded(10_001n))],
    [
      'repeated_lot',
      (book: InvoiceableBook) =>
        book.draw('x', drawn(1n, { draws: [1n, 2n].map((drawnNanoUsd) => ({ lotId: lotId(1), drawnNanoUsd })) })),
    ],
  ])('is refused as %s and changes nothing, half of it neither', (contradiction, post) => {
    const book = empty();
    book.pay('paid', paid());
    expect(post(book)).toBe(contradiction);
    expect(book.newEntries).toHaveLength(1);
    expect(book.draw('call', drawn(13_981_234_567n))).toBeNull();
    expect(total(book)).toBe(10_000n);
  });

  it('of two lots changes neither', () => {
    const book = empty();
    book.pay('paid', paid());
    const draws = [lotId(1), lotId(9)].map((lot) => ({ lotId: lot, drawnNanoUsd: 5n }));
    expect(book.draw('x', drawn(0n, { draws }))).toBe('unknown_lot');
    expect(book.newEntries).toHaveLength(1);
  });

  it('survives any count of repetitions', () => {
    assert(
      property(integer({ min: 1, max: 5 }), (times) => {
        const book = empty();
        for (let time = 0; time < times; time++) expect(book.pay('paid', paid())).toBeNull();
        expect(book.newLots).toHaveLength(1);
      }),
    );
  });
});
