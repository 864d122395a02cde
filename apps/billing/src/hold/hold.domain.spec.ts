import { describe, expect, it } from '@jest/globals';
import { holdStateSchema, type HoldState } from '@apilink/contracts';
import * as fc from 'fast-check';

import { onExpiry, onFinal, onOpened } from './hold.domain.js';

type Step = 'opened' | 'final' | 'final of another epoch' | 'expiry' | 'late posting';

/** What the steps do to the state; the number of endings and of charges is counted beside it. */
function walk(steps: readonly Step[]) {
  let state: HoldState | null = null;
  let endings = 0;
  let charges = 0;
  let claims = 0;
  for (const step of steps) {
    if (step === 'opened' && onOpened(state) === 'insert') state = 'open';
    if (step === 'expiry' && onExpiry(state) === 'expire') {
      state = 'expired';
      endings += 1;
    }
    if (step === 'late posting' && state === 'expired' && claims > 0) {
      state = 'late_settled';
      charges += 1;
    }
    if (step !== 'final' && step !== 'final of another epoch') continue;
    const done: string = onFinal(state, step === 'final');
    if (done === 'settle') {
      state = 'settled';
      endings += 1;
      charges += 1;
    }
    if (done === 'settle_late') {
      if (state !== 'expired') endings += 1;
      state = 'expired';
      claims = 1;
    }
  }
  return { state, endings, charges };
}

const steps = fc.array(fc.constantFrom<Step[]>('opened', 'final', 'final of another epoch', 'expiry', 'late posting'), {
  maxLength: 12,
});

describe('the states of a hold', () => {
  it('let it end once and be charged at most once, whatever comes in whatever order', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const { endings, charges } = walk(history);
        expect(endings).toBeLessThanOrEqual(1);
        expect(charges).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('settle a final that comes before its opening, and ignore the opening then', () => {
    expect(onFinal(null, true)).toBe('settle');
    expect(onOpened('settled')).toBe('ignore');
  });

  it('settle a final of another epoch as late', () => {
    expect(onFinal('open', false)).toBe('settle_late');
    expect(onFinal('expired', true)).toBe('settle_late');
  });

  it('never open again what has ended', () => {
    const ended = holdStateSchema.options.filter((state) => state !== 'open');
    expect(ended.map(onOpened)).toEqual(ended.map(() => 'ignore'));
    expect(ended.map(onExpiry)).toEqual(ended.map(() => 'close'));
  });
});
