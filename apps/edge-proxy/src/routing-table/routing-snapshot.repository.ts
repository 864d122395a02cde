import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { modelPublishedSchema, type ModelPublished } from '@apilink/contracts';
import { z } from 'zod';

const snapshotSchema = z.object({ writtenAt: z.iso.datetime(), models: z.array(modelPublishedSchema) });

/** The last routing table on disk, for a start while the event log is away. */
export class RoutingSnapshotRepository {
  constructor(private readonly directory: string) {}

  /** Null when there is none, or none that this release can read. */
  async read(): Promise<readonly ModelPublished[] | null> {
    try {
      const result = snapshotSchema.safeParse(JSON.parse(await readFile(this.#path, 'utf8')));
      return result.success ? result.data.models : null;
    } catch (error) {
      if (error instanceof SyntaxError || isMissing(error)) return null;
      throw error;
    }
  }

  /** Replaces the snapshot as a whole: a crash leaves the old one or the new one. */
  async write(models: readonly ModelPublished[], nowMs: number): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const snapshot = { writtenAt: new Date(nowMs).toISOString(), models: [...models] };
    const path = `${this.#path}.new`;
    await writeFile(path, JSON.stringify(z.encode(snapshotSchema, snapshot)), { mode: 0o600, flush: true });
    await rename(path, this.#path);
  }

  get #path(): string {
    return join(this.directory, 'routing-table.json');
  }
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}
