export { arrayOf, arrayParameter, type ArrayElement, type ArrayElementType } from './array-parameter.js';
export { connectDatabase, type DatabaseOptions, type PostgresDatabase } from './connect-database.js';
export { databaseUrl, readDatabaseUrl, type ConnectionFacts, type DatabaseSsl, type SslMode } from './connection.js';
export { DataFolderLockedError, lockDataFolder } from './data-folder-lock.js';
export { isTransientDatabaseError, sqlState, violatedConstraint } from './database-errors.js';
export type { Database, Sql } from './database.js';
export { startEmbeddedPostgres, type EmbeddedPostgres, type EmbeddedPostgresOptions } from './embedded-postgres.js';
export { quoteIdentifier, quoteLiteral } from './identifier.js';
export {
  checkSchema,
  migrate,
  SchemaTooNewError,
  SchemaTooOldError,
  type MigrateOptions,
  type Migration,
} from './migrate.js';
export {
  DatabaseConfigurationError,
  openDatabase,
  type DatabaseEnvironment,
  type OpenDatabaseOptions,
} from './open-database.js';
export { processLife } from './process-identity.js';
export {
  distributedSchemaNames,
  generateRolePasswords,
  groupNames,
  prepareRoles,
  roleNames,
  schemaNames,
  type GroupName,
  type PrepareRolesOptions,
  type RoleName,
  type RolePasswords,
  type RoleUrls,
  type SchemaName,
} from './roles.js';
export type { DatabaseSession } from './session.js';
