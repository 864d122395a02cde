import { START_MS, type GateUnderTest } from './contract/gate-scenario.contract.js';
import { describeHoldStore } from './hold-store.contract.js';
import { MemoryHoldStore } from './memory-hold-store.js';

describeHoldStore('MemoryHoldStore', () => Promise.resolve(startMemoryGate()));

function startMemoryGate(): GateUnderTest {
  let nowMs = START_MS;
  let store = new MemoryHoldStore({ now: () => nowMs });
  return {
    get store() {
      return store;
    },
    now: () => nowMs,
    setClock: async (ms) => {
      nowMs = ms;
    },
    reset: async () => {
      store = new MemoryHoldStore({ now: () => nowMs });
    },
    close: () => store.close(),
  };
}
