import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Path of a `redis-server`. Throws one sentence that says what to install when there is none. */
export async function findRedisProgram(onProgress: (step: string) => void): Promise<string> {
  const onPath = findOnPath('redis-server');
  if (onPath !== null) return onPath;
  onProgress('looking for Redis');
  throw new Error('there is no redis-server here');
}

/** Null when no folder of the PATH has it. */
export function findOnPath(program: string): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, program)).find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
