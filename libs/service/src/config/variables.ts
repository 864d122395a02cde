import { z } from 'zod';

const BYTE_SIZE = /^(0|[1-9]\d{0,12})(B|KiB|MiB|GiB)?$/;
const BYTES: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** A number of bytes: `64MiB`, `512KiB` or a bare number in the environment. */
export const byteSizeSchema = z.codec(
  z.string().regex(BYTE_SIZE, 'expected a size like 64MiB, 512KiB or a number of bytes'),
  z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  {
    decode: (text) => {
      const [, count, unit] = BYTE_SIZE.exec(text) ?? [];
      return Number(count) * (BYTES[unit ?? 'B'] ?? Number.NaN);
    },
    encode: (bytes) => `${bytes}B`,
  },
);

/** A whole number within bounds, as the environment has it. */
export function integerVariable(least: number, most: number) {
  const expected = `expected a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^(0|-?[1-9]\d{0,15})$/, expected)
    .transform(Number)
    .refine((value) => value >= least && value <= most, expected);
}

/** A TCP port; 0 lets the system choose one. */
export const portSchema = integerVariable(0, 65_535);

/** `true` or `false`; nothing else, so that a typing error is not read as "no". */
export const flagSchema = z.enum(['true', 'false'], 'expected true or false').transform((text) => text === 'true');

/** The base URL of another service, without a slash at the end. */
export const serviceUrlSchema = z
  .url({ protocol: /^https?$/, error: 'expected an http or https URL' })
  .transform((url) => url.replace(/\/+$/, ''));

/** A URL of Postgres, in libpq's form. */
export const databaseUrlSchema = z.url({
  protocol: /^postgres(ql)?$/,
  error: 'expected a URL like postgres://user:password@host:5432/database',
});

const pem = z.string().regex(/-----BEGIN [A-Z ]+-----/, 'expected PEM text');

/** TLS towards Postgres, to be spread into the schema of a service that has a database; wins over `sslmode` in the URL. */
export const databaseSslVariables = {
  DATABASE_SSL_MODE: z
    .enum(['disable', 'require', 'verify-ca', 'verify-full'], 'expected disable, require, verify-ca or verify-full')
    .optional()
    .describe('TLS towards Postgres: `disable`, `require`, `verify-ca`, `verify-full`; default: as the URL says'),
  DATABASE_SSL_CA: pem.optional().describe('Certificates that sign those of Postgres, PEM; default: those of Node'),
  DATABASE_SSL_CERT: pem.optional().describe('Certificate shown to Postgres, PEM'),
  DATABASE_SSL_KEY: pem.optional().describe('Its private key, PEM'),
};

/** Service tokens, separated by commas: one, or two while they are rotated; each at least 32 characters. */
export const serviceTokensSchema = z
  .string()
  .transform((text) => text.split(',').map((token) => token.trim()))
  .refine(
    (tokens) => tokens.length <= 2 && tokens.every((token) => /^[\x21-\x7e]{32,500}$/.test(token)),
    'expected one token, or two separated by a comma, of at least 32 characters each',
  );

/** 32 bytes as base64url, one or two of them: while they are rotated the old one still opens. None when it is not given. */
export const secretsKeyVariable = z
  .string()
  .transform((text) => text.split(',').map((key) => Buffer.from(key.trim(), 'base64url')))
  .refine(
    (keys) => keys.length <= 2 && keys.every((key) => key.length === 32),
    'expected 32 bytes in base64url, or two such keys separated by a comma',
  )
  .optional()
  .transform((keys) => keys ?? []);
