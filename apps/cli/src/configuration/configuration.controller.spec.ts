import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { runProgram } from '../program.js';

const nobody: typeof fetch = async () => {
  throw new TypeError('fetch failed');
};

async function check(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  let out = '';
  let err = '';
  const terminal = {
    out: { write: (text: string) => (out += text) },
    err: { write: (text: string) => (err += text) },
    now: Date.now,
  };
  const exitCode = await runProgram(['config', 'check', ...words], { terminal, env, send: nobody, version: '' });
  return { exitCode, out, err };
}

describe('config check', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'apilink-config-'));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  async function checkText(text: string) {
    const file = join(folder, 'apilink.yaml');
    writeFileSync(file, text);
    return check([file, '--json']);
  }

  it('accepts a file without asking any instance', async () => {
    const checked = await checkText('providers:\n  - { id: alpha, baseUrl: "https://alpha.example/v1" }\n');
    expect(checked).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(checked.out)).toEqual({ ok: true, problems: [] });
  });

  it('ends with 1 and names line and path of a fault', async () => {
    const checked = await checkText('providers:\n  - id: alpha\n    baseUrl: nowhere\n');
    expect(checked.exitCode).toBe(1);
    expect(JSON.parse(checked.out)).toMatchObject({ ok: false, problems: [{ line: 3, path: 'providers[0].baseUrl' }] });
  });

  it('checks the file of APILINK_CONFIG when none is named', async () => {
    const file = join(folder, 'elsewhere.yaml');
    writeFileSync(file, 'providers: 7\n');
    expect(await check([], { APILINK_CONFIG: file })).toMatchObject({ exitCode: 1, err: '' });
  });

  it('ends with 4 when the file cannot be read, and says why', async () => {
    const missing = join(folder, 'none.yaml');
    expect(await check([missing])).toEqual({ exitCode: 4, out: '', err: `${missing} does not exist.\n` });
    expect(await check([folder])).toMatchObject({ exitCode: 4, err: `${folder} is a folder, not a file.\n` });
  });
});
