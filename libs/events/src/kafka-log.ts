import { logLevel, type LogEntry } from 'kafkajs';

import type { EventLogLogger } from './event-log.js';

/** Below this kafkajs tells every request. */
export const KAFKAJS_LOG_LEVEL = logLevel.INFO;

/**
 * What kafkajs has to say goes to `debug`: it calls every retry an error (in the first second of a broker alone two),
 * and what matters (the log is away, a consumer ended, a batch failed) is told by the adapter, once. These alone change
 * what is read, and nobody else would tell them.
 */
const WORTH_A_WARNING = [/^Offset out of range/, /^Consumer group received unsubscribed topics/];

export function kafkaLogCreator(logger: EventLogLogger): () => (entry: LogEntry) => void {
  return () =>
    ({ namespace, level, log }) => {
      const { message, timestamp: _timestamp, logger: _name, ...facts } = log;
      const told = { ...facts, kafkajs: namespace, level: logLevel[level] };
      if (WORTH_A_WARNING.some((pattern) => pattern.test(message))) logger.warn(told, message);
      else logger.debug?.(told, message);
    };
}
