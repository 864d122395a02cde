import { renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { createLogger, type Logger } from '@apilink/service';

import type { StandaloneSettings } from '../environment/environment.config.js';
import { LogFile } from './log-file.repository.js';
import { Warnings } from './warning.domain.js';

/** Above this the file becomes `.1` at the next start. */
const bytesMax = 10 * 1024 * 1024;

/** The log of one service; all of them write into the same file. */
export type OpenLog = (service: string) => Logger;

export interface OpenedLogFile {
  readonly openLog: OpenLog;
  /** Writes what still waits. */
  readonly flush: () => void;
}

export interface LogFileOptions extends Pick<StandaloneSettings, 'dataDir' | 'logLevel'> {
  /** Told of each warning as a sentence. */
  readonly onWarning: (sentence: string) => void;
}

/** JSON lines of all services in one file of the data folder; the terminal is for people. */
export function openLogFile({ dataDir, logLevel, onWarning }: LogFileOptions): OpenedLogFile {
  const path = logPath(dataDir);
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > bytesMax) renameSync(path, `${path}.1`);
  const warnings = new Warnings();
  const destination = new LogFile(path, (line) => {
    const sentence = warnings.sentenceOf(line);
    if (sentence !== null) onWarning(sentence);
  });
  const openLog: OpenLog = (service) => createLogger({ name: service, level: logLevel, destination });
  return { openLog, flush: () => destination.flush() };
}

export function logPath(dataDir: string): string {
  return join(dataDir, 'apilink.log');
}
