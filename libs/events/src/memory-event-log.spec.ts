import { contractTopics, describeEventLog } from './event-log.contract.js';
import { MemoryEventLog } from './memory-event-log.js';
import { MemoryLogStorage } from './memory-log-storage.js';

describeEventLog('MemoryEventLog', async () => {
  const storage = new MemoryLogStorage();
  const logs: MemoryEventLog[] = [];
  return {
    open: async () => {
      const log = new MemoryEventLog({ storage, topics: contractTopics });
      logs.push(log);
      return log;
    },
    dispose: async () => {
      await Promise.all(logs.map((log) => log.close()));
    },
  };
});
