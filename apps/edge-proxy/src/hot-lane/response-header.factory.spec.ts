import { noCaps, type CapsFigures } from '@apilink/holds';
import { describe, expect, it } from '@jest/globals';

import { answerHeaders, durationText } from './response-header.factory.js';

const figures = {
  postedNanoUsd: 2_000_000_001n,
  heldNanoUsd: 500_000_000n,
  creditedNanoUsd: 0n,
  spentNanoUsd: 0n,
  keyCapRemainingNanoUsd: 12_345n,
  caps: {
    daily: null,
    weekly: null,
    monthly: { limitNanoUsd: 1_000_000n, remainingNanoUsd: 12_345n },
    workspace: null,
  },
  concurrencyRemaining: 7,
  requests: { limit: 60, remaining: 59.4, resetMs: 1000 },
  tokens: { limit: 1000, remaining: 900, resetMs: 6000 },
};

function headersOf(caps: Partial<CapsFigures>): Map<string, string | undefined> {
  const told = { ...figures, caps: { ...noCaps, ...caps } };
  const list = answerHeaders({ requestId: 'req_1', figures: told, admission: null });
  return new Map(list.flatMap((name, at) => (at % 2 === 0 ? [[name, list[at + 1]] as const] : [])));
}

describe('response headers', () => {
  it('tell what is left after the hold, exact to nine places', () => {
    const headers = answerHeaders({ requestId: 'req_1', figures, admission: null });
    expect(headers).toEqual(expect.arrayContaining(['x-apilink-balance-remaining-usd', '1.500000001']));
    expect(headers).toEqual(expect.arrayContaining(['x-apilink-key-cap-remaining-usd', '0.000012345']));
    expect(headers).toEqual(expect.arrayContaining(['x-ratelimit-remaining-requests', '59']));
    expect(headers).toEqual(expect.arrayContaining(['x-ratelimit-reset-tokens', '6s']));
  });

  it('tell each cap that there is, and say so from four fifths of one on', () => {
    const all = headersOf({
      daily: { limitNanoUsd: 1_000n, remainingNanoUsd: 201n },
      weekly: { limitNanoUsd: 1_000n, remainingNanoUsd: 200n },
      monthly: { limitNanoUsd: 1_000n, remainingNanoUsd: -500n },
      workspace: { limitNanoUsd: 0n, remainingNanoUsd: 0n },
    });
    expect(all.get('x-apilink-key-daily-remaining-usd')).toBe('0.000000201');
    expect(all.get('x-apilink-key-weekly-remaining-usd')).toBe('0.000000200');
    expect(all.get('x-apilink-key-monthly-remaining-usd')).toBe('0.000000000');
    expect(all.get('x-apilink-workspace-remaining-usd')).toBe('0.000000000');
    expect(all.get('x-apilink-budget-alert')).toBe('key_weekly=0.80, key_monthly=1.50, workspace=1.00');
    expect(all.get('x-apilink-concurrency-remaining')).toBe('7');
    const quiet = headersOf({ daily: { limitNanoUsd: 1_000n, remainingNanoUsd: 201n } });
    expect(quiet.has('x-apilink-budget-alert')).toBe(false);
    expect(quiet.has('x-apilink-workspace-remaining-usd')).toBe(false);
  });

  it('tell Anthropic’s clients the same limits under their names, with an instant as reset', () => {
    const now = Date.parse('2026-11-01T00:00:00.400Z');
    const headers = answerHeaders({ requestId: 'req_1', figures, admission: null, skin: 'anthropic', now });
    expect(headers.slice(headers.indexOf('anthropic-ratelimit-requests-limit'))).toEqual([
      'anthropic-ratelimit-requests-limit',
      '60',
      'anthropic-ratelimit-requests-remaining',
      '59',
      'anthropic-ratelimit-requests-reset',
      '2026-11-01T00:00:02Z',
      'anthropic-ratelimit-tokens-limit',
      '1000',
      'anthropic-ratelimit-tokens-remaining',
      '900',
      'anthropic-ratelimit-tokens-reset',
      '2026-11-01T00:00:07Z',
    ]);
    const others = answerHeaders({ requestId: 'req_1', figures, admission: null, skin: 'openai', now });
    expect(others.join()).not.toContain('anthropic-');
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
