import { startPostgresGate } from './contract/postgres-gate.contract.js';
import { describeHoldStore } from './hold-store.contract.js';

describeHoldStore('PostgresHoldStore', () => startPostgresGate());
