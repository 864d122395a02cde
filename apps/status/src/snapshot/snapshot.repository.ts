import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import type { BoardMemory } from '../component/component.service.js';

const statusSchema = z.enum(['operational', 'degraded', 'outage', 'unknown']);
const snapshotSchema = z.object({
  news: z.array(
    z.object({
      endpointId: z.string(),
      circuit: z.enum(['closed', 'open', 'half-open']),
      uptime30m: z.number().nullable(),
      firstTokenP50Ms: z.number().nullable(),
      heardAt: z.number(),
      isIdle: z.boolean(),
    }),
  ),
  told: z.array(z.object({ componentId: z.string(), status: statusSchema, since: z.number() })),
  heardAt: z.number().nullable(),
});

/** The last board on disk, for a start while event log and database are away. */
export class SnapshotRepository {
  constructor(private readonly directory: string) {}

  /** Null when there is none, or none that this release can read. */
  async read(): Promise<BoardMemory | null> {
    try {
      const result = snapshotSchema.safeParse(JSON.parse(await readFile(this.#path, 'utf8')));
      return result.success ? result.data : null;
    } catch (error) {
      if (error instanceof SyntaxError || isMissing(error)) return null;
      throw error;
    }
  }

  /** Replaces the snapshot as a whole: a crash leaves the old one or the new one. */
  async write(memory: BoardMemory): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const path = `${this.#path}.new`;
    await writeFile(path, JSON.stringify(memory), { mode: 0o600, flush: true });
    await rename(path, this.#path);
  }

  get #path(): string {
    return join(this.directory, 'status-board.json');
  }
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}
