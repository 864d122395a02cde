import { outboxMigration } from '@apilink/events';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Events that a commit makes true, until they are published. */
export class Outbox1790000000004 implements MigrationInterface {
  readonly name = 'Outbox1790000000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(outboxMigration('billing'));
  }

  /** Forward only: a schema with money in it is mended by a further migration. */
  down(): Promise<void> {
    return Promise.reject(new Error('billing migrations go forward only'));
  }
}
