import { readFile } from 'node:fs/promises';

import { RECEIPT_KEYS_PATH, receiptKeySetSchema, type ReceiptKeySet } from '@apilink/contracts';

import { CommandError, exitCodes } from '../command/command.errors.js';
import type { CommandRun } from '../command/command.service.js';

const TIMEOUT_MS = 15_000;
const BYTES_MAX = 1024 * 1024;

/**
 * The public keys of receipts: from a file that was kept, from an address (an origin, or the whole URL), or from the
 * instance. Throws CommandError `wrongUsage` for a file that has none, `notReachable` for an address that does not answer.
 */
export async function receiptKeys(run: CommandRun, where: string | undefined): Promise<ReceiptKeySet> {
  if (where !== undefined && !/^https?:\/\//.test(where)) return keysOf(await fileText(where), where);
  const origin = where ?? run.billingUrl;
  const { pathname } = new URL(origin);
  const url = pathname === '/' ? new URL(RECEIPT_KEYS_PATH, origin) : new URL(origin);
  return keysOf(await fetched(run, url), url.href);
}

/** The text of a file that a person names; none is as large as the limit. */
export async function fileText(path: string): Promise<string> {
  try {
    const bytes = await readFile(path);
    if (bytes.length > BYTES_MAX) throw new CommandError(exitCodes.wrongUsage, `${path} is larger than 1 MiB.`);
    return bytes.toString('utf8');
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(exitCodes.wrongUsage, `${path} cannot be read.`, { cause: error });
  }
}

async function fetched(run: CommandRun, url: URL): Promise<string> {
  try {
    const response = await run.send(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (response.ok) return await response.text();
    throw new CommandError(exitCodes.notReachable, `${url.href} answers with status ${response.status}.`);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(exitCodes.notReachable, `${url.href} does not answer.`, { cause: error });
  }
}

function keysOf(text: string, where: string): ReceiptKeySet {
  try {
    return receiptKeySetSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new CommandError(exitCodes.wrongUsage, `${where} has no keys of receipts.`, { cause: error });
  }
}
