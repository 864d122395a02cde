import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { CredentialStore } from './credential-store.js';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'apilink-credentials-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('CredentialStore', () => {
  it('reads a secret of the environment, and says which variable is missing', () => {
    const store = new CredentialStore({ ALPHA_KEY: ' sk-alpha\n' });
    expect(store.read({ id: 'main', env: 'ALPHA_KEY', file: null })).toEqual({ secret: 'sk-alpha' });
    expect(store.read({ id: 'main', env: 'BETA_KEY', file: null })).toEqual({
      problem: 'the variable BETA_KEY is not set',
    });
  });

  it('needs no secret where none is named', () => {
    expect(new CredentialStore({}).read({ id: 'none', env: null, file: null })).toEqual({ secret: '' });
  });

  it('has a rotated file in force within a second, and does not look at it more often', () => {
    let now = 0;
    const file = join(folder, 'key');
    const store = new CredentialStore({}, () => now);
    const reference = { id: 'main', env: null, file };
    writeFileSync(file, 'sk-old\n');
    utimesSync(file, 1, 1);
    expect(store.read(reference)).toEqual({ secret: 'sk-old' });
    writeFileSync(file, 'sk-new\n');
    utimesSync(file, 2, 2);
    now = 999;
    expect(store.read(reference)).toEqual({ secret: 'sk-old' });
    now = 1000;
    expect(store.read(reference)).toEqual({ secret: 'sk-new' });
  });

  it('says that a file cannot be read, and takes it as soon as it is there', () => {
    let now = 0;
    const file = join(folder, 'late');
    const store = new CredentialStore({}, () => now);
    expect(store.read({ id: 'main', env: null, file })).toEqual({ problem: `the file ${file} cannot be read` });
    writeFileSync(file, 'sk-late');
    now = 1000;
    expect(store.read({ id: 'main', env: null, file })).toEqual({ secret: 'sk-late' });
  });

  it('refuses a secret that would write a header of its own', () => {
    const store = new CredentialStore({ ALPHA_KEY: 'sk-1\r\nx-admin: 1' });
    expect(store.read({ id: 'main', env: 'ALPHA_KEY', file: null })).toEqual({
      problem: 'the variable ALPHA_KEY holds more than one line of plain text',
    });
  });

  it('shows no secret to a logger', () => {
    const file = join(folder, 'key');
    writeFileSync(file, 'sk-from-file');
    const store = new CredentialStore({ ALPHA_KEY: 'sk-from-environment' });
    store.read({ id: 'main', env: null, file });
    expect(inspect(store, { depth: 9, showHidden: true })).not.toMatch(/sk-from/);
    expect(JSON.stringify(store)).not.toMatch(/sk-from/);
  });

  it('reads both halves of a key of AWS, and its session where there is one', () => {
    const reference = { id: 'a', env: 'AWS_ACCESS_KEY_ID', file: null };
    const halves = { AWS_ACCESS_KEY_ID: 'AKIA1', AWS_SECRET_ACCESS_KEY: 's/1' };
    expect(new CredentialStore(halves).read(reference)).toEqual({ secret: 'AKIA1:s/1' });
    const session = { ...halves, AWS_SESSION_TOKEN: 't' };
    expect(new CredentialStore(session).read(reference)).toEqual({ secret: 'AKIA1:s/1:t' });
    expect(new CredentialStore({ AWS_ACCESS_KEY_ID: 'AKIA1' }).read(reference)).toEqual({
      problem: 'the variable AWS_SECRET_ACCESS_KEY is empty',
    });
  });

  it("takes the document of a key of Google's for one secret, on one line", () => {
    const reference = { id: 'a', env: 'KEY', file: null };
    const document = '{\n  "type": "service_account",\n  "private_key": "-----BEGIN KEY-----\\nx\\n"\n}\n';
    const reading = new CredentialStore({ KEY: document }).read(reference);
    expect(reading).toEqual({
      secret: '{"type":"service_account","private_key":"-----BEGIN KEY-----\\nx\\n"}',
    });
    expect(new CredentialStore({ KEY: '{"type":' }).read(reference)).toEqual({
      problem: 'the variable KEY holds a document that is no JSON',
    });
  });
});
