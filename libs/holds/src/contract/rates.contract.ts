import { describe, expect, it } from '@jest/globals';

import { accountId, granted, keyOf, renewedHold, type GateScenario } from './gate-scenario.contract.js';

const ACCOUNT = { status: 'active', timeZone: 'UTC', concurrency: null, version: 1 } as const;

export function describeRates(scenario: () => GateScenario): void {
  describe('requests per minute', () => {
    itLimitsRequests(scenario);
  });
  describe('tokens per minute', () => {
    itLimitsTokens(scenario);
  });
  describe('concurrency', () => {
    itLimitsConcurrency(scenario);
  });
  itPutsMoneyFirst(scenario);
}

function itLimitsRequests(scenario: () => GateScenario): void {
  it('admits so many at once and one more with each part of the minute', async () => {
    const s = scenario();
    await s.start({ keys: [keyOf(1, { requestsPerMinute: 3 })] });
    for (const number of [1, 2, 3]) expect(granted(await s.admit(number, 1n))).toBe(1n);
    expect(await s.admit(4, 1n)).toMatchObject({
      refusal: { reason: 'requests_per_minute', limit: 3, retryAfterMs: 20_000 },
      left: { requests: { limit: 3, remaining: 0, resetMs: 60_000 } },
    });
    await s.advance(19_999);
    expect(await s.admit(4, 1n)).toMatchObject({ refusal: { retryAfterMs: 1 } });
    await s.advance(1);
    expect(granted(await s.admit(4, 1n))).toBe(1n);
    expect(granted(await s.admit(5, 1n))).toBe('requests_per_minute');
  });

  it('a finished request gives nothing back', async () => {
    const s = scenario();
    await s.start({ keys: [keyOf(1, { requestsPerMinute: 1 })] });
    await s.admit(1, 1n);
    await s.finish(1, 0n);
    expect(granted(await s.admit(2, 1n))).toBe('requests_per_minute');
  });

  it('takes the default for a key without a limit of its own, and a limit of 0 admits nothing', async () => {
    const s = scenario();
    await s.start({ keys: [keyOf(1)] });
    const defaults = { requestsPerMinute: 1, tokensPerMinute: 100, concurrency: 5 };
    expect(granted(await s.admit(1, 1n, { defaults }))).toBe(1n);
    expect(await s.admit(2, 1n, { defaults })).toMatchObject({
      refusal: { reason: 'requests_per_minute', limit: 1 },
    });
    await s.start({ keys: [keyOf(1, { requestsPerMinute: 0 })] });
    expect(await s.admit(1, 1n)).toMatchObject({ refusal: { limit: 0, retryAfterMs: 60_000 } });
  });

  it('a changed limit counts at once', async () => {
    const s = scenario();
    await s.start({ keys: [keyOf(1, { requestsPerMinute: 60 })] });
    await s.admit(1, 1n);
    await s.store.apply([{ accountId: accountId(1), keys: [keyOf(1, { requestsPerMinute: 2, version: 2 })] }]);
    expect(await s.admit(2, 1n)).toMatchObject({ left: { requests: { limit: 2, remaining: 1 } } });
  });
}

function itLimitsTokens(scenario: () => GateScenario): void {
  it('reserves what a request may use and refuses what is not there', async () => {
    const s = scenario();
    await s.start({ keys: [keyOf(1, { tokensPerMinute: 600 })] });
    expect(granted(await s.admit(1, 1n, { tokens: 500 }))).toBe(1n);
    expect(await s.admit(2, 1n, { tokens: 150 })).toMatchObject({
      refusal: { reason: 'tokens_per_minute', limit: 600, retryAfterMs: 5_000 },
      left: { tokens: { limit: 600, remaining: 100, resetMs: 50_000 } },
    });
    await s.advance(5_000);
    expect(granted(await s.admit(2, 1n, { tokens: 150 }))).toBe(1n);
  });

  it('tells the full minute for a request that never fits', async () => {
    const s = scenario();
    await s.start({ keys: [keyOf(1, { tokensPerMinute: 600 })] });
    expect(await s.admit(1, 1n, { tokens: 601 })).toMatchObject({
      refusal: { reason: 'tokens_per_minute', retryAfterMs: 60_000 },
    });
  });

  it('gives back what was not used, within the minute of the reservation only', async () => {
    const s = scenario();
    await s.start({ keys: [keyOf(1, { tokensPerMinute: 600 })] });
    await s.admit(1, 1n, { tokens: 600 });
    await s.admit(2, 1n, { tokens: 0 });
    expect(await s.finish(1, 1n, 200)).toMatchObject({ left: { tokens: { remaining: 400 } } });
    await s.admit(3, 1n, { tokens: 400 });
    await s.advance(30_000);
    await s.admit(4, 1n, { tokens: 300 });
    await s.advance(30_000);
    expect(await s.finish(3, 1n, 0)).toMatchObject({ left: { tokens: { remaining: 300 } } });
    expect(await s.finish(4, 1n, 0)).toMatchObject({ left: { tokens: { remaining: 600 } } });
  });

  it('gives a released reservation back', async () => {
    const s = scenario();
    await s.start({ keys: [keyOf(1, { tokensPerMinute: 600 })] });
    await s.admit(1, 1n, { tokens: 600 });
    expect(await s.finish(1, 0n, 0)).toMatchObject({ grantedNanoUsd: 0n, left: { tokens: { remaining: 600 } } });
  });

  it('grows with the hold and takes what was used above it, into a debt of a minute at most', async () => {
    const s = scenario();
    await s.start({ keys: [keyOf(1, { tokensPerMinute: 600 })] });
    await s.admit(1, 1n, { tokens: 100 });
    expect(await s.grow(1, 2n, 400)).toMatchObject({ left: { tokens: { remaining: 200 } } });
    expect(await s.grow(1, 2n, 300)).toMatchObject({ left: { tokens: { remaining: 200 } } });
    expect(await s.finish(1, 2n, 5_000)).toMatchObject({ left: { tokens: { remaining: 0, resetMs: 120_000 } } });
    expect(await s.admit(2, 1n, { tokens: 600 })).toMatchObject({ refusal: { retryAfterMs: 120_000 } });
    await s.advance(120_000);
    expect(granted(await s.admit(2, 1n, { tokens: 600 }))).toBe(1n);
  });
}

function itLimitsConcurrency(scenario: () => GateScenario): void {
  it('of a key counts the holds that run, and final frees one', async () => {
    const s = scenario();
    await s.start({ keys: [keyOf(1, { concurrency: 2 }), keyOf(2)] });
    await s.admit(1, 1n);
    await s.admit(2, 1n);
    expect(await s.admit(3, 1n)).toMatchObject({ refusal: { reason: 'key_concurrency', limit: 2 } });
    await s.finish(1, 1n);
    await s.finish(1, 1n);
    expect(granted(await s.admit(3, 1n))).toBe(1n);
    expect(granted(await s.admit(4, 1n))).toBe('key_concurrency');
    await s.finish(2, 0n);
    expect(granted(await s.admit(4, 1n))).toBe(1n);
  });

  it('of an account counts all of its keys', async () => {
    const s = scenario();
    await s.start({ account: { ...ACCOUNT, concurrency: 1 }, keys: [keyOf(1), keyOf(2)] });
    await s.admit(1, 1n);
    expect(await s.admit(2, 1n, { keyId: keyOf(2).keyId })).toMatchObject({
      refusal: { reason: 'account_concurrency', limit: 1 },
    });
  });

  it('is a lease: a hold that expired and was marked takes no slot, and frees it once', async () => {
    const s = scenario();
    await s.start({ keys: [keyOf(1, { concurrency: 1 })] });
    await s.admit(1, 1n);
    await s.advance(90_000);
    expect(granted(await s.admit(2, 1n))).toBe('key_concurrency');
    await s.store.markExpired(10);
    expect(granted(await s.admit(2, 1n))).toBe(1n);
    await s.finish(1, 1n);
    await s.store.apply([{ accountId: accountId(1), closed: [renewedHold(1, 1n).holdId] }]);
    expect((await s.view()).running).toBe(1);
    expect(granted(await s.admit(3, 1n))).toBe('key_concurrency');
  });
}

function itPutsMoneyFirst(scenario: () => GateScenario): void {
  it('who has to top up is not told to try again in a second', async () => {
    const s = scenario();
    await s.start({ keys: [keyOf(1, { requestsPerMinute: 1 })] });
    await s.admit(1, 1_000n);
    expect(granted(await s.admit(2, 1n))).toBe('balance');
  });
}
