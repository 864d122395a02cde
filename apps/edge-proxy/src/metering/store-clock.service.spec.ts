import { createLogger } from '@apilink/service';
import { describe, expect, it } from '@jest/globals';

import { StoreClock } from './store-clock.service.js';

describe("the gate's clock", () => {
  it('is told once when it differs by more than five seconds, in a sentence that names the remedy, and once when it agrees again', () => {
    const lines: string[] = [];
    const logger = createLogger({ name: 'edge-proxy', destination: { write: (line) => void lines.push(line) } });
    const clock = new StoreClock(() => 1_000_000, logger);
    clock.note(1_004_000);
    expect(lines).toEqual([]);
    for (let time = 0; time < 3; time++) clock.note(1_300_000);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/REDIS_URL or DATABASE_URL.*differs from this host's by 300 s: let NTP set both/);
    clock.note(1_000_001);
    expect(lines).toHaveLength(2);
  });

  it('is read as ours, set right by what it told last', () => {
    const clock = new StoreClock(() => 1_000_000, createLogger({ name: 'edge-proxy', level: 'silent' }));
    expect(clock.read()).toBe(1_000_000);
    clock.note(700_000);
    expect([clock.read(), clock.differenceMs]).toEqual([700_000, -300_000]);
  });
});
