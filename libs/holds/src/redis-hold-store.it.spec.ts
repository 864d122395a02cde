import { startRedisGate } from './contract/redis-gate.contract.js';
import { describeHoldStore } from './hold-store.contract.js';

describeHoldStore('RedisHoldStore', () => startRedisGate());
