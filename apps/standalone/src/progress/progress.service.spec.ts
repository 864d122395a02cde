import { describe, expect, it } from '@jest/globals';

import { Progress } from './progress.service.js';

function recorded(isTTY: boolean) {
  const written: string[] = [];
  let clock = 0;
  const stream = { write: (text: string) => void written.push(text), isTTY };
  const progress = new Progress(stream, () => (clock += 1_500));
  return { written, progress };
}

describe('progress', () => {
  it('is plain lines in a pipe', async () => {
    const { written, progress } = recorded(false);
    const result = await progress.step('Starting Postgres', async () => {
      progress.note('creating the database folder');
      return 7;
    });
    expect(result).toBe(7);
    expect(written).toEqual(['Starting Postgres: creating the database folder\n', '✓ Starting Postgres (1.5 s)\n']);
  });

  it('moves on a terminal and leaves one line behind', async () => {
    const { written, progress } = recorded(true);
    await progress.step('Starting Postgres', async () => undefined);
    expect(written[0]).toMatch(/^\r.+ Starting Postgres … \d+\.\d s$/u);
    expect(written.slice(-2)).toEqual(['\r\u001B[2K', expect.stringMatching(/^✓ Starting Postgres \(\d+\.\d s\)\n$/)]);
  });

  it('claims no success for a step that failed', async () => {
    const { written, progress } = recorded(false);
    const failing = progress.step('Starting Postgres', async () => {
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(written.join('')).not.toContain('✓');
  });
});
