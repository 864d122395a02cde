import { accountIdSchema, encodeWireId, generationIdSchema, keyIdSchema, workspaceIdSchema } from '@apilink/contracts';
import { HoldStoreUnavailable, MemoryHoldStore, type RenewReply, type RenewRequest } from '@apilink/holds';
import { createLogger } from '@apilink/service';
import { afterEach, describe, expect, it, jest } from '@jest/globals';

import { HoldKeeper } from './hold-keeper.service.js';
import { OpenHold } from './open-hold.entity.js';

const uuid = (number: number): string => `01900000-0000-7000-8000-${String(number).padStart(12, '0')}`;
const ids = {
  accountId: accountIdSchema.parse(encodeWireId('acc', uuid(1))),
  workspaceId: workspaceIdSchema.parse(encodeWireId('ws', uuid(2))),
  keyId: keyIdSchema.parse(encodeWireId('key', uuid(3))),
};
const logger = createLogger({ name: 'edge-proxy', level: 'silent' });

function holdOf(number: number, epoch = 1): OpenHold {
  const holdId = generationIdSchema.parse(encodeWireId('gen', uuid(100 + number)));
  const periods = { day: '2026-11-22', week: '2026-W47', month: '2026-11' };
  return new OpenHold({ ...ids, holdId, amountNanoUsd: 100n, periods, openedAt: 1 }, epoch);
}

/** A gate that confirms whatever it is told, under the epoch that the test says. */
class ScriptedGate extends MemoryHoldStore {
  epochNow = 1;
  isAway = false;
  readonly renewals: number[] = [];
  /** Runs once, while a renewal is on its way. */
  meanwhile: (() => void) | null = null;

  constructor() {
    super({ now: () => 0 });
  }

  override async renew(request: RenewRequest): Promise<RenewReply> {
    this.renewals.push(request.holds.length);
    const epoch = this.epochNow;
    const confirmed = new Set(request.holds.map(({ holdId }) => holdId));
    this.meanwhile?.();
    this.meanwhile = null;
    if (this.isAway) throw new HoldStoreUnavailable('no answer within 2000 ms');
    return { epoch, confirmed, gone: new Set() };
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

afterEach(() => void jest.useRealTimers());

describe('the holds of an edge', () => {
  it('are renewed at once when the process starts: those of the last one may be about to expire', async () => {
    jest.useFakeTimers();
    const gate = new ScriptedGate();
    const keeper = new HoldKeeper(gate, logger, 90_000);
    keeper.add(holdOf(1));
    keeper.start();
    await settled();
    expect(gate.renewals).toEqual([1]);
    keeper.stop();
  });

  it('are all renewed at once when any reply carries a higher epoch, and tell that epoch from then on', async () => {
    const gate = new ScriptedGate();
    const keeper = new HoldKeeper(gate, logger, 90_000);
    const holds = [holdOf(1), holdOf(2)];
    for (const hold of holds) keeper.add(hold);
    gate.epochNow = 2;
    keeper.add(holdOf(3, 2));
    await settled();
    expect(gate.renewals).toEqual([3]);
    expect(holds.map(({ epoch }) => epoch)).toEqual([2, 2]);
  });

  it('stay under their epoch when a reply of an earlier one comes late', async () => {
    const gate = new ScriptedGate();
    const keeper = new HoldKeeper(gate, logger, 90_000);
    keeper.add(holdOf(1, 5));
    keeper.noteEpoch(4);
    await settled();
    expect(gate.renewals).toEqual([]);
  });

  it('are renewed once more when the gate was lost while a round was on its way', async () => {
    const gate = new ScriptedGate();
    const keeper = new HoldKeeper(gate, logger, 90_000);
    for (let number = 0; number < 501; number++) keeper.add(holdOf(number));
    gate.meanwhile = () => {
      gate.epochNow = 2;
    };
    await keeper.renewAll();
    // The first 500 were told to the gate that forgot them.
    expect(gate.renewals).toEqual([500, 1, 500, 1]);
  });

  it('are not taken for confirmed with what they have grown to since the question', async () => {
    const gate = new ScriptedGate();
    const keeper = new HoldKeeper(gate, logger, 90_000);
    const hold = holdOf(1);
    keeper.add(hold);
    gate.epochNow = 2;
    gate.meanwhile = () => hold.confirm(900n, 1);
    await keeper.renewAll();
    expect(gate.renewals).toEqual([1, 1]);
    expect([hold.amountNanoUsd, hold.epoch]).toEqual([900n, 2]);
  });

  it('are tried again every second while the gate is away, and not only at the next interval', async () => {
    jest.useFakeTimers();
    const gate = new ScriptedGate();
    const keeper = new HoldKeeper(gate, logger, 90_000);
    keeper.add(holdOf(1));
    gate.isAway = true;
    keeper.start();
    for (let second = 0; second < 3; second++) {
      await settled();
      jest.advanceTimersByTime(1_000);
    }
    await settled();
    expect(gate.renewals).toEqual([1, 1, 1, 1]);
    gate.isAway = false;
    jest.advanceTimersByTime(10_000);
    await settled();
    // Answered: from here on the interval is enough.
    expect(gate.renewals).toHaveLength(5);
    keeper.stop();
  });
});
