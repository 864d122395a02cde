import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { databaseUrl, readDatabaseUrl } from './connection.js';

describe('readDatabaseUrl', () => {
  let folder: string;
  let caFile: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'apilink-tls-'));
    caFile = join(folder, 'ca.pem');
    writeFileSync(caFile, 'a certificate');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('reads credentials with escaped characters, and the usual defaults', () => {
    expect(readDatabaseUrl('postgres://us%40er:p%2Fw%3A@db.example/api%20link')).toEqual({
      host: 'db.example',
      port: 5432,
      user: 'us@er',
      password: 'p/w:',
      database: 'api link',
      ssl: false,
    });
    expect(readDatabaseUrl('postgresql://me@[::1]:6000')).toMatchObject({ host: '::1', port: 6000, database: 'me' });
  });

  it('never repeats a password in what it says of a bad URL', () => {
    expect(() => readDatabaseUrl('mysql://me:secret@db/x')).toThrow(/postgres:\/\/user:password@host/);
    expect(() => readDatabaseUrl('not a url secret')).not.toThrow(/secret/);
  });

  it('encrypts without checking for require, and checks as soon as a CA is given', () => {
    expect(readDatabaseUrl('postgres://a@b/c?sslmode=require').ssl).toMatchObject({ rejectUnauthorized: false });
    const url = `postgres://a@b/c?sslmode=require&sslrootcert=${encodeURIComponent(caFile)}`;
    expect(readDatabaseUrl(url).ssl).toMatchObject({ rejectUnauthorized: true, ca: 'a certificate' });
  });

  it('checks the name of the server for verify-full alone', () => {
    expect(readDatabaseUrl('postgres://a@b/c?sslmode=verify-full').ssl).toEqual({ rejectUnauthorized: true });
    expect(readDatabaseUrl('postgres://a@b/c?sslmode=verify-ca').ssl).toHaveProperty('checkServerIdentity');
  });

  it('lets DATABASE_SSL options win over the URL', () => {
    const url = `postgres://a@b/c?sslmode=disable&sslrootcert=${encodeURIComponent(caFile)}`;
    const ssl = { DATABASE_SSL_MODE: 'verify-full', DATABASE_SSL_CA: 'another certificate' } as const;
    expect(readDatabaseUrl(url, ssl).ssl).toEqual({ ca: 'another certificate', rejectUnauthorized: true });
  });

  it('refuses a mode that it would have to guess', () => {
    expect(() => readDatabaseUrl('postgres://a@b/c?sslmode=prefer')).toThrow('sslmode=prefer is not supported');
  });
});

describe('databaseUrl', () => {
  it('names another role and database with every character of a password', () => {
    const url = databaseUrl('postgres://a:b@h:5/c?sslmode=require', { user: 'u', password: '/@:?#%', database: 'd' });
    expect(readDatabaseUrl(url)).toMatchObject({ user: 'u', password: '/@:?#%', database: 'd', host: 'h', port: 5 });
  });
});
