import { describe, expect, it } from '@jest/globals';

import { EndpointSpeed, TOP_TOKENS_PER_SECOND_UNKNOWN } from './endpoint-speed.domain.js';

function taught(speeds: readonly number[]): EndpointSpeed {
  const speed = new EndpointSpeed();
  for (const tokensPerSecond of speeds) speed.learn(tokensPerSecond * 2, 2_000);
  return speed;
}

describe('the top speed of an endpoint', () => {
  it('is 300 tokens a second until a hundred answers have told another', () => {
    expect(taught([]).topTokensPerSecond).toBe(TOP_TOKENS_PER_SECOND_UNKNOWN);
    expect(taught(Array.from({ length: 96 }, () => 50)).topTokensPerSecond).toBe(300);
    expect(taught(Array.from({ length: 128 }, () => 50)).topTokensPerSecond).toBe(50);
  });

  it('is what all but one of a hundred stay below', () => {
    const speeds = Array.from({ length: 256 }, (_, index) => index + 1);
    expect(taught(speeds).topTokensPerSecond).toBe(254);
    // Two strange answers in 256 do not make every hold grow at their pace.
    expect(taught([...speeds.slice(0, 254), 100_000, 100_000]).topTokensPerSecond).toBe(254);
  });

  it('follows an endpoint that has become faster', () => {
    const slow = Array.from({ length: 256 }, () => 40);
    expect(taught([...slow, ...Array.from({ length: 32 }, () => 900)]).topTokensPerSecond).toBe(900);
  });

  it('learns nothing from answers that were too short to measure, or empty', () => {
    const speed = new EndpointSpeed();
    for (let count = 0; count < 500; count++) {
      speed.learn(10_000, 499);
      speed.learn(0, 5_000);
    }
    expect(speed.topTokensPerSecond).toBe(TOP_TOKENS_PER_SECOND_UNKNOWN);
  });
});
