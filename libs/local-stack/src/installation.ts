import { findKafkaProgram } from './kafka-program.js';
import { findRedisProgram } from './redis-program.js';

/**
 * Makes sure that Kafka and Redis can be started on this machine, and fetches what can be fetched. Null when they can,
 * else the sentence that says what is missing.
 */
export async function installationProblem(onProgress: (step: string) => void): Promise<string | null> {
  try {
    await findRedisProgram(onProgress);
    await findKafkaProgram(onProgress);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
