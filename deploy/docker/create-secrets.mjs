/**
 * Makes the secrets of docker-compose.yml, once: `node deploy/docker/create-secrets.mjs`. Each is a file of its own that
 * only the containers that need it see. There are no defaults: without them compose does not start. What exists is kept,
 * for a database remembers its passwords.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = resolve(process.argv[2] ?? join(import.meta.dirname, 'secrets'));
const schemas = ['billing', 'router', 'invoicing', 'status', 'edge'];
const secret = () => randomBytes(32).toString('base64url');
const address = (user, password, database) => `postgres://${user}:${password}@postgres:5432/${database}`;

/** Files of one password: the password, and where it is needed the URL that holds it. */
function databaseSecrets() {
  const superuser = secret();
  const roles = schemas.flatMap((schema) => [`${schema}_owner`, `${schema}_app`]);
  return Object.fromEntries([
    ['postgres_password', superuser],
    ['database_superuser_url', address('postgres', superuser, 'postgres')],
    ...roles.flatMap((role) => {
      const password = secret();
      return [
        [`${role}_password`, password],
        [`${role}_url`, address(role, password, 'apilink')],
      ];
    }),
  ]);
}

const files = {
  ...databaseSecrets(),
  redis_password: secret(),
  service_tokens: secret(),
  operator_token: secret(),
  secrets_key: secret(),
  edge_secrets_key: secret(),
  grafana_password: secret(),
};

// Only this user may enter the folder; the files are mounted one by one, and read by the containers' own users.
mkdirSync(folder, { recursive: true, mode: 0o700 });
const existing = Object.keys(files).filter((name) => existsSync(join(folder, name)));
if (existing.length === 0) {
  for (const [name, value] of Object.entries(files)) writeFileSync(join(folder, name), value, { mode: 0o644 });
  console.log(`Made ${Object.keys(files).length} secrets in ${folder}.`);
} else if (existing.length === Object.keys(files).length) {
  console.log(`The secrets in ${folder} are there already and were kept.`);
} else {
  const missing = Object.keys(files).filter((name) => !existing.includes(name));
  console.error(`In ${folder} some secrets are missing (${missing.join(', ')}): add them, or empty the folder.`);
  process.exitCode = 1;
}
