import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

import { findOnPath } from './find-on-path.js';
import { runCommand } from './run-command.js';

const FETCH_MS_MAX = 300_000;
const SAID_CHARACTERS_MAX = 300;

export interface Fetch {
  /** For people: `Kafka 4.3.1`. */
  readonly what: string;
  /** Holds what was fetched once it exists; it is filled under another name and renamed. */
  readonly folder: string;
  /** The goal and its settings; `outputDirectory` is added. */
  readonly args: readonly string[];
  /** What else serves the need, for the sentence of a failure: `set KAFKA_BROKERS`. */
  readonly otherwise: string;
}

/** Fetches with Maven into a folder, unless it is there. Throws one sentence when Maven or Maven Central is missing. */
export async function fetchOnce({ what, folder, args, otherwise }: Fetch): Promise<void> {
  if (existsSync(folder)) return;
  const maven = findOnPath('mvn');
  if (maven === null) {
    throw new Error(`${what} is fetched by Maven, and there is no mvn on the PATH: install Maven, or ${otherwise}`);
  }
  const unfinished = `${folder}.${randomUUID()}`;
  mkdirSync(dirname(folder), { recursive: true });
  try {
    const { code, output } = await runCommand(maven, ['-q', '-B', ...args, `-DoutputDirectory=${unfinished}`], {
      timeoutMs: FETCH_MS_MAX,
      folder: dirname(folder),
    });
    if (code !== 0)
      throw new Error(`${what} could not be fetched from Maven Central (${cause(output)}): ${hint(otherwise)}`);
    // Another process may have been faster: then its folder is as good.
    if (!existsSync(folder)) renameSync(unfinished, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function hint(otherwise: string): string {
  return `check the network, or the mirror in ~/.m2/settings.xml, or ${otherwise}`;
}

/** Maven's first error, without its marks and colours. */
function cause(output: string): string {
  const lines = output.split('\n').map((line) => stripVTControlCharacters(line).trim());
  const error =
    lines.find((line) => line.startsWith('[ERROR]')) ?? lines.findLast((line) => line !== '') ?? 'no output';
  return error
    .replace(/^\[ERROR\]\s*/, '')
    .replace(/ -> \[Help.*/, '')
    .slice(0, SAID_CHARACTERS_MAX);
}
