import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { generateRolePasswords, type RolePasswords } from '@apilink/postgres';
import { createSigningKey, signingKeySchema } from '@apilink/service';
import { z } from 'zod';

import { PrivateFile } from './private-file.repository.js';

const secretsSchema = z.object({
  serviceToken: z.string().min(32),
  operatorToken: z.string().min(32),
  signingKey: signingKeySchema,
  // An earlier release sealed nothing.
  secretsKey: z.string().min(43).default(token),
  // An earlier release knew fewer roles. Passwords are set at every start, so a new role's may change until it is kept.
  rolePasswords: z
    .record(z.string(), z.string().min(1))
    .transform((known): RolePasswords => ({ ...generateRolePasswords(), ...known })),
});
/** What the processes of one installation know of each other; made at the first start, kept for ever. */
export type Secrets = z.output<typeof secretsSchema>;

/** Reads `secrets.json` of a data folder, or makes it. */
export async function readSecrets(dataDir: string): Promise<Secrets> {
  const file = new PrivateFile(join(dataDir, 'secrets.json'), secretsSchema);
  const known = file.read();
  if (known !== null) {
    // What was only made now is sealed with from now on.
    file.write(known);
    return known;
  }
  const secrets: Secrets = {
    serviceToken: token(),
    operatorToken: token(),
    signingKey: await createSigningKey(),
    secretsKey: token(),
    rolePasswords: generateRolePasswords(),
  };
  file.write(secrets);
  return secrets;
}

function token(): string {
  return randomBytes(32).toString('base64url');
}
