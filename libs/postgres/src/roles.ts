import { randomBytes } from 'node:crypto';

import { Client } from 'pg';

import { databaseUrl, readDatabaseUrl, type DatabaseSsl } from './connection.js';
import { quoteIdentifier, quoteLiteral } from './identifier.js';

/** One schema per owner: `<schema>_owner` migrates it, `<schema>_app` works in it. */
export const schemaNames = ['billing', 'router', 'invoicing', 'status', 'edge', 'event_log', 'gate'] as const;
export type SchemaName = (typeof schemaNames)[number];
export type RoleName<Schema extends SchemaName = SchemaName> = `${Schema}_${'owner' | 'app'}`;

/** The schemas where event log and gate are Kafka and Redis. */
export const distributedSchemaNames = ['billing', 'router', 'invoicing', 'status', 'edge'] as const;

/** Roles without a login: who may use another owner's schema. The migrations of that schema grant them its objects. */
export const groupNames = ['event_log_member', 'gate_member', 'gate_writer'] as const;
export type GroupName = (typeof groupNames)[number];

const groupSchema: Readonly<Record<GroupName, SchemaName>> = {
  event_log_member: 'event_log',
  gate_member: 'gate',
  gate_writer: 'gate',
};

const groupMembers: Readonly<Record<GroupName, readonly RoleName[]>> = {
  event_log_member: ['edge_app', 'billing_app', 'router_app', 'invoicing_app', 'status_app', 'event_log_app'],
  gate_member: ['edge_app', 'billing_app', 'gate_app'],
  gate_writer: ['billing_app', 'gate_app'],
};

export type RolePasswords<Schema extends SchemaName = SchemaName> = Readonly<Record<RoleName<Schema>, string>>;
export type RoleUrls<Schema extends SchemaName = SchemaName> = Readonly<Record<RoleName<Schema>, string>>;

export const roleNames: readonly RoleName[] = rolesOf(schemaNames);

/** New passwords for the roles of the schemas (default: all); the caller keeps them (0600) for the next start. */
export function generateRolePasswords<Schema extends SchemaName = SchemaName>(
  schemas?: readonly Schema[],
): RolePasswords<NoInfer<Schema>> {
  return forEachRole(schemas ?? schemaNames, () => randomBytes(24).toString('base64url'));
}

export interface PrepareRolesOptions<Schema extends SchemaName = SchemaName> {
  /** As a role that may create databases and roles. */
  readonly superuserUrl: string;
  readonly passwords: NoInfer<RolePasswords<Schema>>;
  /** Default: all. Of a group only members that are prepared here are granted it. */
  readonly schemas?: readonly Schema[];
  /** `apilink` */
  readonly database?: string;
  readonly ssl?: DatabaseSsl;
}

/**
 * Creates what is missing of the database, its roles and schemas, and sets the passwords; a second call changes nothing.
 * Owners own their schema. App roles get USAGE and SELECT, INSERT, UPDATE, DELETE on each table the owner creates from
 * now on; a migration that wants less (the ledger: INSERT and SELECT) revokes it for its table. Functions are executable
 * by nobody else until a migration grants them.
 */
export async function prepareRoles<Schema extends SchemaName = SchemaName>(
  options: PrepareRolesOptions<Schema>,
): Promise<RoleUrls<NoInfer<Schema>>> {
  const database = options.database ?? 'apilink';
  const schemas: readonly SchemaName[] = options.schemas ?? schemaNames;
  const passwords: Partial<RolePasswords> = options.passwords;
  const groups = groupNames.filter((group) => schemas.includes(groupSchema[group]));
  await withClient(options.superuserUrl, options.ssl, async (client) => {
    // Roles belong to the whole server; this lock serialises callers that prepare different databases of it.
    await client.query("SELECT pg_advisory_lock(hashtextextended('apilink.roles', 0))");
    await createRoles(client, { roles: rolesOf(schemas), groups, passwords });
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${quoteIdentifier(database)}`);
  });
  await withClient(databaseUrl(options.superuserUrl, { database }), options.ssl, async (client) => {
    await client.query('BEGIN');
    await client.query("SELECT pg_advisory_xact_lock(hashtextextended('apilink.schemas', 0))");
    await client.query(schemaStatements(database, schemas, groups));
    await client.query('COMMIT');
  });
  return forEachRole(options.schemas ?? schemaNames, (role) =>
    databaseUrl(options.superuserUrl, { user: role, password: passwordOf(passwords, role), database }),
  );
}

interface RolePlan {
  readonly roles: readonly RoleName[];
  readonly groups: readonly GroupName[];
  readonly passwords: Partial<RolePasswords>;
}

async function createRoles(client: Client, { roles, groups, passwords }: RolePlan): Promise<void> {
  const { rows } = await client.query<{ name: string }>('SELECT rolname AS name FROM pg_roles');
  const existing = new Set(rows.map(({ name }) => name));
  await client.query('BEGIN');
  for (const group of groups) {
    if (!existing.has(group)) await client.query(`CREATE ROLE ${group} NOLOGIN`);
  }
  for (const role of roles) {
    const verb = existing.has(role) ? 'ALTER' : 'CREATE';
    const password = quoteLiteral(passwordOf(passwords, role));
    await client.query(`${verb} ROLE ${role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD ${password}`);
  }
  for (const group of groups) {
    const members = groupMembers[group].filter((member) => roles.includes(member));
    await client.query(`GRANT ${group} TO ${members.join(', ')}`);
  }
  await client.query('COMMIT');
}

function schemaStatements(database: string, schemas: readonly SchemaName[], groups: readonly GroupName[]): string {
  const statements = [
    `REVOKE ALL ON DATABASE ${quoteIdentifier(database)} FROM PUBLIC`,
    `GRANT CONNECT ON DATABASE ${quoteIdentifier(database)} TO ${rolesOf(schemas).join(', ')}`,
    'REVOKE ALL ON SCHEMA public FROM PUBLIC',
  ];
  for (const schema of schemas) {
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
  for (const group of groups) statements.push(`GRANT USAGE ON SCHEMA ${groupSchema[group]} TO ${group}`);
  return statements.join(';\n');
}

function rolesOf<Schema extends SchemaName>(schemas: readonly Schema[]): readonly RoleName<Schema>[] {
  return schemas.flatMap((schema): RoleName<Schema>[] => [`${schema}_owner`, `${schema}_app`]);
}

function passwordOf(passwords: Partial<RolePasswords>, role: RoleName): string {
  const password = passwords[role];
  if (password === undefined) throw new Error(`the role ${role} has no password`);
  return password;
}

function forEachRole<Schema extends SchemaName>(
  schemas: readonly SchemaName[],
  valueOf: (role: RoleName) => string,
): Readonly<Record<RoleName<Schema>, string>> {
  const roles = rolesOf(schemas);
  const values = Object.fromEntries(roles.map((role) => [role, valueOf(role)]));
  if (hasEvery<Schema>(values, roles)) return values;
  throw new Error('a role has no value');
}

function hasEvery<Schema extends SchemaName>(
  values: Record<string, string>,
  roles: readonly RoleName[],
): values is Record<RoleName<Schema>, string> {
  return roles.every((role) => Object.hasOwn(values, role));
}

async function withClient(
  url: string,
  ssl: DatabaseSsl | undefined,
  work: (client: Client) => Promise<void>,
): Promise<void> {
  const client = new Client({ ...readDatabaseUrl(url, ssl), application_name: 'prepare-roles' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
