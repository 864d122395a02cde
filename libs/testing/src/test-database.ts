import { randomBytes } from 'node:crypto';

import {
  connectDatabase,
  databaseUrl,
  prepareRoles,
  schemaNames,
  type DatabaseOptions,
  type PostgresDatabase,
  type RoleName,
  type RolePasswords,
  type SchemaName,
} from '@apilink/postgres';
import { Client } from 'pg';

import { testServerUrl } from './test-server.js';

/** A fresh database with all schemas and roles, and no table yet: the suite migrates the schemas that it needs. */
export interface TestDatabase {
  readonly name: string;
  /** As superuser, on this database. */
  readonly superuserUrl: string;
  urlFor(role: RoleName): string;
  /** Connects as a role with the schema of its name; `drop` closes it. */
  database(role: RoleName, options?: TestConnectionOptions): Promise<PostgresDatabase>;
  drop(): Promise<void>;
}

export type TestConnectionOptions = Partial<Omit<DatabaseOptions, 'schema'>>;

/** The same for every database of a server, because roles belong to the server and suites may run at once. */
const PASSWORD = 'a-password-for-tests-only';

/**
 * Creates a database on the server of `TEST_DATABASE_URL` (a superuser's URL), or on an embedded one that is started
 * once per process and ends with it.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = process.env['TEST_DATABASE_URL'] ?? (await testServerUrl());
  const name = `test_${randomBytes(8).toString('hex')}`;
  const urls = await prepareRoles({ superuserUrl: serverUrl, database: name, passwords: samePassword() });
  const open: PostgresDatabase[] = [];
  return {
    name,
    superuserUrl: databaseUrl(serverUrl, { database: name }),
    urlFor: (role) => urls[role],
    database: async (role, options = {}) => {
      const database = await connectDatabase({
        url: urls[role],
        schema: schemaOf(role),
        applicationName: `test:${role}`,
        poolMax: 5,
        ...options,
      });
      open.push(database);
      return database;
    },
    drop: async () => {
      await Promise.all(open.map((database) => database.close()));
      await dropDatabase(serverUrl, name);
    },
  };
}

function schemaOf(role: RoleName): SchemaName {
  const schema = schemaNames.find((name) => role === `${name}_owner` || role === `${name}_app`);
  if (schema === undefined) throw new Error(`no schema belongs to the role ${role}`);
  return schema;
}

function samePassword(): RolePasswords {
  return {
    billing_owner: PASSWORD,
    billing_app: PASSWORD,
    router_owner: PASSWORD,
    router_app: PASSWORD,
    invoicing_owner: PASSWORD,
    invoicing_app: PASSWORD,
    status_owner: PASSWORD,
    status_app: PASSWORD,
    edge_owner: PASSWORD,
    edge_app: PASSWORD,
    event_log_owner: PASSWORD,
    event_log_app: PASSWORD,
    gate_owner: PASSWORD,
    gate_app: PASSWORD,
  };
}

async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  } finally {
    await client.end();
  }
}
