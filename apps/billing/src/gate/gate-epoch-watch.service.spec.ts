import { describe, expect, it } from '@jest/globals';

import { epochCauseOf } from './gate-epoch-watch.service.js';

const standing = { runId: 'a', epoch: 3, epochRunId: 'a', now: 10, quietUntil: 0 };

describe('a new epoch of the gate', () => {
  it('is begun by none that stands in the one that is recorded', () => {
    expect(epochCauseOf(standing, 3)).toBeNull();
  });

  it('is begun by a gate that knows none, also when none was ever recorded', () => {
    expect(epochCauseOf({ ...standing, epoch: null, epochRunId: null }, 3)).toBe('lost');
    expect(epochCauseOf({ ...standing, epoch: null, epochRunId: null }, null)).toBe('lost');
  });

  it('is begun by a run that has not begun its epoch: a restart, or a replica in the role', () => {
    expect(epochCauseOf({ ...standing, runId: 'b' }, 3)).toBe('other_run');
  });

  it('is begun by a gate that disagrees with the record: a crash between the two, or a ledger from a copy', () => {
    expect(epochCauseOf(standing, 4)).toBe('behind');
    expect(epochCauseOf(standing, 2)).toBe('behind');
    expect(epochCauseOf(standing, null)).toBe('behind');
  });
});
