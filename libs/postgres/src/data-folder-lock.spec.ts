import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { DataFolderLockedError, lockDataFolder } from './data-folder-lock.js';
import { processLife } from './process-identity.js';

describe('lockDataFolder', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'apilink-lock-'));
    file = join(folder, 'owner.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('names the process that has the folder, and gives it back', () => {
    const unlock = lockDataFolder(file, folder);
    expect(() => lockDataFolder(file, folder)).toThrow(DataFolderLockedError);
    expect(() => lockDataFolder(file, folder)).toThrow(`in use by process ${process.pid}`);
    unlock();
    const unlockNext = lockDataFolder(file, folder);
    unlock();
    expect(readdirSync(folder)).toEqual(['owner.json']);
    unlockNext();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('takes over from a process that is gone', () => {
    writeFileSync(file, JSON.stringify({ pid: 0x7f_ff_ff_ff, life: 'long ago' }));
    lockDataFolder(file, folder);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: process.pid });
    expect(readdirSync(folder)).toEqual(['owner.json']);
  });

  it('takes over when the process id lives on in another program', () => {
    writeFileSync(file, JSON.stringify({ pid: process.ppid, life: 'an earlier boot' }));
    expect(() => lockDataFolder(file, folder)).not.toThrow();
  });

  it('takes over from a process that was killed and that its parent has not collected', async () => {
    // The shell is replaced by one that collects nobody, so that its killed child stays listed.
    const parent = spawn('sh', ['-c', 'sleep 30 & echo $!; exec sleep 30'], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const [told] = await once(parent.stdout, 'data');
      const pid = Number(String(told));
      writeFileSync(file, JSON.stringify({ pid, life: processLife(pid) }));
      expect(() => lockDataFolder(file, folder)).toThrow(`in use by process ${pid}`);
      process.kill(pid, 'SIGKILL');
      while (processLife(pid) !== null) await nextTurn();
      lockDataFolder(file, folder)();
    } finally {
      parent.kill('SIGKILL');
    }
  });

  it('takes over a file that was cut off while it was written', () => {
    writeFileSync(file, '{"pid": 12');
    expect(() => lockDataFolder(file, folder)).not.toThrow();
  });
});
