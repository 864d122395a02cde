import { eventLogVariables } from '@apilink/events';
import { databaseSslVariables, databaseUrlSchema, integerVariable, serviceUrlSchema } from '@apilink/service';
import { z } from 'zod';

/** What the status service reads from the environment, beside what every service reads. The README's table says the same. */
export const statusEnvironmentSchema = z.object({
  DATABASE_URL: databaseUrlSchema.describe('Postgres as the role status_app'),
  DATABASE_OWNER_URL: databaseUrlSchema
    .optional()
    .describe('Postgres as the role status_owner: the schema is migrated at the start; without it, it has to be there'),
  DATABASE_POOL_MAX: integerVariable(2, 200).prefault('4').describe('Connections at most'),
  APILINK_DATA_DIR: z
    .string()
    .min(1)
    .max(4096)
    .default('./.apilink')
    .describe('Folder of the last board, for a start while event log and database are away'),
  STATUS_URL: serviceUrlSchema
    .prefault('http://127.0.0.1:8794/status')
    .describe('Address of the page as the public knows it'),
  ...databaseSslVariables,
  ...eventLogVariables,
});
export type StatusEnvironment = z.output<typeof statusEnvironmentSchema>;

export interface StatusPage {
  /** Where the public finds the page. */
  readonly url: string;
}
export const STATUS_PAGE = Symbol('STATUS_PAGE');
