import { randomBytes } from 'node:crypto';

import { Client } from 'pg';

import { databaseUrl, readDatabaseUrl, type DatabaseTls } from './connection.js';
import { quoteIdentifier, quoteLiteral } from './identifier.js';

/** One schema per owner: `<schema>_owner` migrates it, `<schema>_app` works in it. */
export const schemaNames = ['billing', 'router', 'edge', 'event_log', 'gate'] as const;
export type SchemaName = (typeof schemaNames)[number];
export type RoleName = `${SchemaName}_${'owner' | 'app'}`;

/** Roles without a login: who may use another owner's schema. The migrations of that schema grant them its objects. */
export const groupNames = ['event_log_member', 'gate_member', 'gate_writer'] as const;
export type GroupName = (typeof groupNames)[number];

const groupSchema: Readonly<Record<GroupName, SchemaName>> = {
  event_log_member: 'event_log',
  gate_member: 'gate',
  gate_writer: 'gate',
};

const groupMembers: Readonly<Record<GroupName, readonly RoleName[]>> = {
  event_log_member: ['edge_app', 'billing_app', 'router_app', 'event_log_app'],
  gate_member: ['edge_app', 'billing_app', 'gate_app'],
  gate_writer: ['billing_app', 'gate_app'],
};

export type RolePasswords = Readonly<Record<RoleName, string>>;
export type RoleUrls = Readonly<Record<RoleName, string>>;

export const roleNames: readonly RoleName[] = schemaNames.flatMap((schema): RoleName[] => [
  `${schema}_owner`,
  `${schema}_app`,
]);

/** New passwords for all roles; the caller keeps them (mode 0600) and hands the same ones in at the next start. */
export function generateRolePasswords(): RolePasswords {
  return forEachRole(() => randomBytes(24).toString('base64url'));
}

export interface PrepareRolesOptions {
  readonly superuserUrl: string;
  readonly passwords: RolePasswords;
  /** `apilink` */
  readonly database?: string;
  readonly tls?: DatabaseTls;
}

/**
 * Creates what is missing of the database, its roles and schemas, and sets the passwords; a second call changes nothing.
 * Owners own their schema. App roles get USAGE and SELECT, INSERT, UPDATE, DELETE on each table the owner creates from
 * now on; a migration that wants less (the ledger: INSERT and SELECT) revokes it for its table. Functions are executable
 * by nobody else until a migration grants them.
 */
export async function prepareRoles(options: PrepareRolesOptions): Promise<RoleUrls> {
  const database = options.database ?? 'apilink';
  await withClient(options.superuserUrl, options.tls, async (client) => {
    // Roles belong to the whole server; this lock serialises callers that prepare different databases of it.
    await client.query("SELECT pg_advisory_lock(hashtextextended('apilink.roles', 0))");
    await createRoles(client, options.passwords);
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${quoteIdentifier(database)}`);
  });
  await withClient(databaseUrl(options.superuserUrl, { database }), options.tls, async (client) => {
    await client.query('BEGIN');
    await client.query("SELECT pg_advisory_xact_lock(hashtextextended('apilink.schemas', 0))");
    await client.query(schemaStatements(database));
    await client.query('COMMIT');
  });
  return forEachRole((role) =>
    databaseUrl(options.superuserUrl, { user: role, password: options.passwords[role], database }),
  );
}

async function createRoles(client: Client, passwords: RolePasswords): Promise<void> {
  const { rows } = await client.query<{ name: string }>('SELECT rolname AS name FROM pg_roles');
  const existing = new Set(rows.map(({ name }) => name));
  await client.query('BEGIN');
  for (const group of groupNames) {
    if (!existing.has(group)) await client.query(`CREATE ROLE ${group} NOLOGIN`);
  }
  for (const role of roleNames) {
    const verb = existing.has(role) ? 'ALTER' : 'CREATE';
    await client.query(
      `${verb} ROLE ${role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD ${quoteLiteral(passwords[role])}`,
    );
  }
  for (const group of groupNames) await client.query(`GRANT ${group} TO ${groupMembers[group].join(', ')}`);
  await client.query('COMMIT');
}

function schemaStatements(database: string): string {
  const statements = [
    `REVOKE ALL ON DATABASE ${quoteIdentifier(database)} FROM PUBLIC`,
    `GRANT CONNECT ON DATABASE ${quoteIdentifier(database)} TO ${roleNames.join(', ')}`,
    'REVOKE ALL ON SCHEMA public FROM PUBLIC',
  ];
  for (const schema of schemaNames) {
    const [owner, app] = [`${schema}_owner`, `${schema}_app`];
    const defaults = `ALTER DEFAULT PRIVILEGES FOR ROLE ${owner}`;
    statements.push(
      `CREATE SCHEMA IF NOT EXISTS ${schema} AUTHORIZATION ${owner}`,
      `GRANT USAGE ON SCHEMA ${schema} TO ${app}`,
      `${defaults} IN SCHEMA ${schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${app}`,
      `${defaults} IN SCHEMA ${schema} GRANT USAGE, SELECT ON SEQUENCES TO ${app}`,
      `${defaults} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC`,
      `${defaults} IN SCHEMA ${schema} GRANT EXECUTE ON FUNCTIONS TO ${app}`,
    );
  }
  for (const group of groupNames) statements.push(`GRANT USAGE ON SCHEMA ${groupSchema[group]} TO ${group}`);
  return statements.join(';\n');
}

function forEachRole(valueOf: (role: RoleName) => string): Readonly<Record<RoleName, string>> {
  return {
    billing_owner: valueOf('billing_owner'),
    billing_app: valueOf('billing_app'),
    router_owner: valueOf('router_owner'),
    router_app: valueOf('router_app'),
    edge_owner: valueOf('edge_owner'),
    edge_app: valueOf('edge_app'),
    event_log_owner: valueOf('event_log_owner'),
    event_log_app: valueOf('event_log_app'),
    gate_owner: valueOf('gate_owner'),
    gate_app: valueOf('gate_app'),
  };
}

async function withClient(
  url: string,
  tls: DatabaseTls | undefined,
  work: (client: Client) => Promise<void>,
): Promise<void> {
  const client = new Client({ ...readDatabaseUrl(url, tls), application_name: 'prepare-roles' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
