import { describe, expect, it } from '@jest/globals';
import { testId } from '@apilink/testing';

import { OpenHold } from './open-hold.entity.js';

function hold(epoch: number): OpenHold {
  const facts = {
    accountId: testId.account(1),
    workspaceId: testId.workspace(1),
    keyId: testId.key(1),
    holdId: testId.generation(1),
    amountNanoUsd: 5n,
    periods: { day: '2026-11-22', week: '2026-W47', month: '2026-11' },
    openedAt: 0,
  };
  return new OpenHold(facts, epoch);
}

describe('the epoch of a hold', () => {
  it('follows the gate over one loss', () => {
    const kept = hold(3);
    kept.confirm(7n, 4);
    expect(kept.epoch).toBe(4);
  });

  it('does not follow it over two by a resize, so that its final is settled late, out of what is left', () => {
    const silent = hold(3);
    silent.confirm(7n, 5);
    expect([silent.epoch, silent.amountNanoUsd]).toEqual([3, 7n]);
    silent.confirmAgain(7n, 5);
    expect(silent.epoch).toBe(5);
  });
});
