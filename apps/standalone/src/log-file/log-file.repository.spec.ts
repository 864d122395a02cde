import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { LogFile } from './log-file.repository.js';

const line = (level: string, text = ''): string => `{"level":"${level}","message":"${text}"}\n`;

describe('the log file', () => {
  let folder: string;
  let path: string;
  let shown: string[];
  let file: LogFile;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'log-'));
    path = join(folder, 'apilink.log');
    shown = [];
    file = new LogFile(path, (told) => shown.push(told));
  });

  afterEach(() => {
    file.flush();
    rmSync(folder, { recursive: true });
  });

  const written = (): string => readFileSync(path, 'utf8');

  it('gathers lines, and has all of them when it is flushed at the exit', () => {
    file.write(line('info', 'one'));
    file.write(line('info', 'two'));
    expect(written()).toBe('');
    expect(shown).toHaveLength(2);
    file.flush();
    expect(written()).toBe(line('info', 'one') + line('info', 'two'));
  });

  it.each(['warn', 'error', 'fatal'])('has a line of level %s at once, after the lines before it', (level) => {
    file.write(line('info'));
    file.write(line(level));
    expect(written()).toBe(line('info') + line(level));
  });

  it('keeps no more than 64 KB waiting', () => {
    for (let index = 0; index < 70; index++) file.write(line('info', 'x'.repeat(1_000)));
    expect(written().length).toBeGreaterThan(64_000);
  });
});
