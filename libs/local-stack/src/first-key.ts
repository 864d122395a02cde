import { setTimeout as sleep } from 'node:timers/promises';

import type { FirstKey } from './cluster-folder.js';
import type { CommandAnswer } from './command-line.js';

const ACCOUNT_NAME = 'Quick start';
const KEY_NAME = 'quick start';
const ASK_MS_MAX = 15_000;
const POLL_MS = 100;

export interface FirstKeyPorts {
  /** Of an edge. */
  readonly baseUrl: string;
  readonly apilink: (...words: string[]) => Promise<CommandAnswer>;
}

/**
 * The account with the $1 credit and its key: made at the first start, the same ones ever after. A key that is refused
 * meanwhile is replaced in the same account; the credit is granted once, with the account.
 */
export async function ensureFirstKey(known: FirstKey | null, ports: FirstKeyPorts): Promise<FirstKey> {
  if (known !== null && (await isServed(known.apiKey, ports.baseUrl))) return known;
  const accountId = await firstAccount(known, ports);
  const created = await answerOf(ports, 'key', 'create', '--account', accountId, '--name', KEY_NAME);
  return { accountId, apiKey: textIn(created, 'apiKey') };
}

/** The noted account, else that of a first start which was killed before it could note it, else a new one. */
async function firstAccount(known: FirstKey | null, ports: FirstKeyPorts): Promise<string> {
  if (known !== null && (await ports.apilink('account', 'show', known.accountId)).exitCode === 0)
    return known.accountId;
  const listed = await answerOf(ports, 'account', 'list');
  const accounts: unknown = Reflect.get(listed, 'accounts');
  const made: unknown = Array.isArray(accounts)
    ? accounts.find((account: unknown) => isObject(account) && Reflect.get(account, 'name') === ACCOUNT_NAME)
    : undefined;
  const account = isObject(made)
    ? made
    : await answerOf(ports, 'account', 'create', '--name', ACCOUNT_NAME, '--with-free-credit');
  return textIn(account, 'accountId');
}

/** An edge that cannot tell yet says 503 and is asked again. */
async function isServed(apiKey: string, baseUrl: string): Promise<boolean> {
  const deadline = Date.now() + ASK_MS_MAX;
  for (;;) {
    const { status } = await fetch(`${baseUrl}/key`, { headers: { authorization: `Bearer ${apiKey}` } });
    if (status === 200) return true;
    if (status === 401 || status === 403) return false;
    if (Date.now() > deadline) throw new Error(`${baseUrl}/key answers ${status} for the key of an earlier start`);
    await sleep(POLL_MS);
  }
}

async function answerOf({ apilink }: FirstKeyPorts, ...words: string[]): Promise<object> {
  const { json, stderr, exitCode } = await apilink(...words);
  if (exitCode !== 0 || !isObject(json)) throw new Error(`apilink ${words.slice(0, 2).join(' ')}: ${stderr.trim()}`);
  return json;
}

function textIn(answer: object, name: string): string {
  const value: unknown = Reflect.get(answer, name);
  if (typeof value !== 'string') throw new Error(`the command line gave no ${name}`);
  return value;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
