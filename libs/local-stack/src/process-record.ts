import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { processLife } from '@apilink/postgres';

const POLL_MS = 20;
const LEFTOVER_STOP_MS_MAX = 20_000;

/** A process as its folder's `server.json` names it; `life` tells it from a later one with the same id. */
export interface ProcessRecord {
  readonly pid: number;
  readonly life: string;
}

export function noteProcess(file: string, pid: number): void {
  writeFileSync(file, JSON.stringify({ pid, life: processLife(pid) }), { mode: 0o600 });
}

/** The process that the file names, if that still runs. */
export function recordedProcess(file: string): ProcessRecord | null {
  const record = readRecord(file);
  return record !== null && runs(record) ? record : null;
}

/** Ends the process that a killed parent left running; SIGKILL after 20 s. */
export async function endLeftover(file: string, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
  const leftover = recordedProcess(file);
  if (leftover !== null) {
    process.kill(leftover.pid, signal);
    const deadline = Date.now() + LEFTOVER_STOP_MS_MAX;
    while (runs(leftover)) {
      if (Date.now() > deadline) process.kill(leftover.pid, 'SIGKILL');
      await sleep(POLL_MS);
    }
  }
  rmSync(file, { force: true });
}

function runs({ pid, life }: ProcessRecord): boolean {
  return processLife(pid) === life;
}

export function readRecord(file: string): ProcessRecord | null {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('life' in value)) return null;
    const { pid, life } = value;
    return typeof pid === 'number' && typeof life === 'string' ? { pid, life } : null;
  } catch {
    return null;
  }
}
