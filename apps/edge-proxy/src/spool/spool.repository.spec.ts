import { appendFile, mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { SpoolRepository, type SegmentFile } from './spool.repository.js';

let directory = '';
let repositories: SpoolRepository[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spool-'));
});

afterEach(async () => {
  for (const repository of repositories) await repository.close();
  repositories = [];
});

const texts = (payloads: readonly Buffer[]): string[] => payloads.map((payload) => payload.toString());

async function opened(): Promise<SpoolRepository> {
  const repository = new SpoolRepository(directory);
  repositories.push(repository);
  await repository.open();
  return repository;
}

describe('spool on the disk', () => {
  it('gives a later process every record that was written, in order', async () => {
    const first = await opened();
    await first.append([Buffer.from('a'), Buffer.from('b')]);
    await first.append([Buffer.from('c')]);
    const second = await opened();
    expect(texts(await second.readAll())).toEqual(['a', 'b', 'c']);
    await second.append([Buffer.from('d')]);
    expect(texts(await second.readAll())).toEqual(['a', 'b', 'c', 'd']);
  });

  it('loses nothing but the record that a crash tore', async () => {
    const first = await opened();
    await first.append([Buffer.from('whole')]);
    const [name = ''] = await readdir(directory);
    await appendFile(join(directory, name), Buffer.from([9, 0, 0, 0, 1, 2, 3, 4, 5]));
    expect(texts(await (await opened()).readAll())).toEqual(['whole']);
  });

  it('frees the disk once a segment is acknowledged', async () => {
    const repository = await opened();
    await repository.append([Buffer.from('a')]);
    const oldest = await repository.oldest();
    await repository.append([Buffer.from('b')]);
    await repository.remove(oldest?.number ?? 0);
    expect(texts(await repository.readAll())).toEqual(['b']);
  });

  it('keeps earlier records readable when the disk fills in the middle of one', async () => {
    const files: SegmentFile[] = [];
    const repository = new SpoolRepository(directory, async (path) => {
      const file: SegmentFile = {
        append: async (bytes) => {
          if (files.length === 1 && bytes.includes('x')) {
            await appendFile(path, bytes.subarray(0, 5));
            throw new Error('ENOSPC');
          }
          await appendFile(path, bytes);
        },
        truncate: async () => undefined,
        close: async () => undefined,
      };
      files.push(file);
      return file;
    });
    await repository.open();
    await repository.append([Buffer.from('a')]);
    await expect(repository.append([Buffer.from('x')])).rejects.toThrow('ENOSPC');
    await repository.append([Buffer.from('x again')]);
    expect(texts(await repository.readAll())).toEqual(['a', 'x again']);
  });
});
