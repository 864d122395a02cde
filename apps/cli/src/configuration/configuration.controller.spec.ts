import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { runProgram } from '../program.js';

const nobody: typeof fetch = async () => {
  throw new TypeError('fetch failed');
};

async function check(...words: readonly string[]) {
  let out = '';
  const terminal = { out: { write: (text: string) => (out += text) }, err: { write: () => '' }, now: Date.now };
  const exitCode = await runProgram(['config', 'check', ...words], { terminal, env: {}, send: nobody });
  return { exitCode, out };
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
    return check(file, '--json');
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

  it('ends with 4 when the file cannot be read', async () => {
    expect((await check(join(folder, 'none.yaml'))).exitCode).toBe(4);
  });
});
