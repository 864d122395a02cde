import { describe, expect, it } from '@jest/globals';

import { answerHeaders, durationText } from './response-header.factory.js';

const figures = {
  postedNanoUsd: 2_000_000_001n,
  heldNanoUsd: 500_000_000n,
  creditedNanoUsd: 0n,
  spentNanoUsd: 0n,
  keyCapRemainingNanoUsd: 12_345n,
  requests: { limit: 60, remaining: 59.4, resetMs: 1000 },
  tokens: { limit: 1000, remaining: 900, resetMs: 6000 },
};

describe('response headers', () => {
  it('tell what is left after the hold, exact to nine places', () => {
    const headers = answerHeaders({ requestId: 'req_1', figures, admission: null });
    expect(headers).toEqual(expect.arrayContaining(['x-apilink-balance-remaining-usd', '1.500000001']));
    expect(headers).toEqual(expect.arrayContaining(['x-apilink-key-cap-remaining-usd', '0.000012345']));
    expect(headers).toEqual(expect.arrayContaining(['x-ratelimit-remaining-requests', '59']));
    expect(headers).toEqual(expect.arrayContaining(['x-ratelimit-reset-tokens', '6s']));
  });

  it.each([
    [0, '0ms'],
    [17, '17ms'],
    [1500, '1.5s'],
    [360_000, '6m0s'],
    [3_723_000, '1h2m3s'],
  ])('write %d ms as %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });
});
