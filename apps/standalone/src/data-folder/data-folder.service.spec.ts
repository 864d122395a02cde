import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { openDataFolder } from './data-folder.service.js';
import { readSecrets } from './secret.repository.js';

const quiet = { onWait: () => undefined };
const module = new URL('./data-folder.service.js', import.meta.url).href;

/** Other processes have to be started, on a machine that may be busy. */
jest.setTimeout(60_000);

/** Another process that owns the folder until it is killed; with `leaving` it goes away by itself when it is told. */
async function otherOwner(path: string, leaving: boolean) {
  const script = `
    const { openDataFolder } = await import(${JSON.stringify(module)});
    const folder = await openDataFolder(${JSON.stringify(path)}, { onWait() {} });
    if (${leaving}) folder.leaving();
    console.log('owned');
    process.stdin.once('data', () => { folder.release(); process.exit(0); });
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

describe('the data folder', () => {
  let path: string;

  beforeEach(() => {
    path = join(mkdtempSync(join(tmpdir(), 'apilink-folder-')), 'data');
  });

  afterEach(() => {
    rmSync(join(path, '..'), { recursive: true });
  });

  it('belongs to one process: a second one is told whose it is, in one sentence', async () => {
    const owner = await otherOwner(path, false);
    await expect(openDataFolder(path, quiet)).rejects.toThrow(
      new RegExp(`^The data folder .* is in use by process ${owner.pid}: [^\\n]*\\(APILINK_DATA_DIR\\)\\.$`),
    );
    owner.kill('SIGKILL');
    await once(owner, 'close');
  });

  it('is taken over from a process that was killed', async () => {
    const owner = await otherOwner(path, false);
    owner.kill('SIGKILL');
    await once(owner, 'close');
    const folder = await openDataFolder(path, quiet);
    expect(JSON.parse(readFileSync(join(path, 'owner.json'), 'utf8'))).toMatchObject({ pid: process.pid });
    folder.release();
  });

  it('is waited for while its owner drains', async () => {
    const owner = await otherOwner(path, true);
    let waits = 0;
    const onWait = (): void => {
      waits++;
      owner.stdin.write('go\n');
    };
    const folder = await openDataFolder(path, { onWait });
    expect(waits).toBe(1);
    folder.release();
  });

  it('names the variable when it cannot be one', async () => {
    rmSync(path, { recursive: true, force: true });
    writeFileSync(path, 'a file');
    await expect(openDataFolder(path, quiet)).rejects.toThrow(/^APILINK_DATA_DIR names .*, which cannot be used/);
    rmSync(path);
  });

  it('ends instead of trying for ever where the system lets nobody create a folder', async () => {
    // Linux answers ENOENT to every mkdir in /proc; macOS has no such folder and a root that nobody can write.
    await expect(openDataFolder(join('/proc', 'apilink'), quiet)).rejects.toThrow(/^APILINK_DATA_DIR names .*, which/);
  });

  it('keeps secrets over restarts, for its owner alone', async () => {
    (await openDataFolder(path, quiet)).release();
    const first = await readSecrets(path);
    expect(await readSecrets(path)).toEqual(first);
    expect(statSync(join(path, 'secrets.json')).mode & 0o777).toBe(0o600);
  });

  it('says that damaged secrets have to be restored, instead of making new ones', async () => {
    (await openDataFolder(path, quiet)).release();
    writeFileSync(join(path, 'secrets.json'), '{}');
    await expect(readSecrets(path)).rejects.toThrow(/secrets\.json is damaged/);
  });
});
