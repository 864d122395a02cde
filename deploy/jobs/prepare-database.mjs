/**
 * Creates what is missing of database, roles and schemas, sets the roles' passwords, and ends. Safe to run again: it
 * touches no table. The services migrate their own schema with DATABASE_OWNER_URL.
 */
import { DatabaseConfigurationError, distributedSchemaNames, prepareRoles, readDatabaseUrl } from '@apilink/postgres';
import {
  createLogger,
  databaseSslVariables,
  databaseUrlSchema,
  readEnvironment,
  reportFailure,
} from '@apilink/service';
import { z } from 'zod';

const roles = distributedSchemaNames.flatMap((schema) => [`${schema}_owner`, `${schema}_app`]);
const variableOf = (role) => `${role.toUpperCase()}_PASSWORD`;
const password = (role) =>
  z.string().min(16, 'expected at least 16 characters').describe(`Password of the role ${role}`);

const schema = z.object({
  ...databaseSslVariables,
  DATABASE_SUPERUSER_URL: databaseUrlSchema.describe('Postgres as a role that may create databases and roles'),
  DATABASE_NAME: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,62}$/, 'expected lower-case letters, digits and underscores')
    .default('apilink')
    .describe('The database to prepare; made when it is missing'),
  ...Object.fromEntries(roles.map((role) => [variableOf(role), password(role)])),
});

const logger = createLogger({ name: 'prepare-database' });
try {
  const environment = readEnvironment(schema, process.env);
  const { DATABASE_SUPERUSER_URL: superuserUrl, DATABASE_NAME: database } = environment;
  const { host, port } = readDatabaseUrl(superuserUrl);
  const passwords = Object.fromEntries(roles.map((role) => [role, environment[variableOf(role)]]));
  try {
    await prepareRoles({ superuserUrl, passwords, database, schemas: distributedSchemaNames, ssl: environment });
  } catch (error) {
    const sentence = `DATABASE_SUPERUSER_URL names ${host}:${port}, which cannot be prepared: ${error.message}.`;
    throw new DatabaseConfigurationError(sentence, { cause: error });
  }
  logger.info({ database, schemas: distributedSchemaNames }, 'Database, roles and schemas are there.');
} catch (error) {
  reportFailure(error, process, logger);
}
