import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { capture } from './child.mjs';
import { showStep } from './progress.mjs';
import { Refusal, root } from './workspace.mjs';

const lockFile = join(root, 'package-lock.json');
const stampFile = join(root, 'node_modules', '.apilink-installed');
/** npm's own record of what it has put into node_modules. */
const installedFile = join(root, 'node_modules', '.package-lock.json');

/** Installs what the lock file names, unless exactly that is there already. */
export async function ensureInstalled() {
  const wanted = stampOf(readFileSync(lockFile));
  if (isInstalled(wanted)) return;
  await showStep('Installing dependencies', async () => {
    const { code, output } = await runNpm(['ci', '--no-audit', '--no-fund']);
    if (code !== 0) throw new Refusal(explain(output));
  });
  writeFileSync(stampFile, wanted);
}

function stampOf(lock) {
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform} ${process.arch}\n`;
}

function isInstalled(wanted) {
  if (existsSync(stampFile)) return readFileSync(stampFile, 'utf8') === wanted;
  if (!existsSync(installedFile)) return false;
  // Someone ran `npm ci` by hand: believe npm's record instead of installing again.
  const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages;
  const locked = Object.entries(JSON.parse(readFileSync(lockFile, 'utf8')).packages);
  const complete = locked
    .filter(([path, entry]) => path.startsWith('node_modules/') && entry.optional !== true && entry.link !== true)
    .every(([path, entry]) => installed[path]?.version === entry.version);
  if (complete) writeFileSync(stampFile, wanted);
  return complete;
}

function runNpm(args) {
  const [file, ...first] = npmCommand();
  const environment = { ...process.env, npm_config_loglevel: 'error', npm_config_update_notifier: 'false' };
  return capture(file, [...first, ...args], environment);
}

/**
 * npm as a command: its script under the running Node (the npm that started us, else the one that came with this
 * Node), else whatever `npm` the PATH has.
 */
export function npmCommand() {
  const started = process.env.npm_execpath;
  if (started !== undefined && /npm-cli\.[cm]?js$/.test(started) && existsSync(started)) {
    return [process.execPath, started];
  }
  const beside = join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js');
  return existsSync(beside) ? [process.execPath, beside] : ['npm'];
}

/** Known causes, in the order in which they hide each other. */
const causes = [
  {
    sign: /ENOSPC|no space left/i,
    sentence: 'The disk is full: installing needs about 1.5 GB free in this folder and in npm’s cache.',
  },
  {
    sign: /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ECONNRESET|ERR_SOCKET_TIMEOUT|network/,
    sentence:
      'The package registry cannot be reached. Check the network, or the proxy and registry that `npm config ls` shows, and run the command again.',
  },
  {
    sign: /EACCES|EPERM|EROFS/,
    sentence: 'npm may not write here. Make the checkout and npm’s cache writable for this user.',
  },
  {
    sign: /EUSAGE|can only install packages when your package\.json/,
    sentence: 'package.json and package-lock.json do not agree. Run `npm install` once and look at what it changes.',
  },
];

/** One sentence for a cause that we know, and npm's own last words for all. */
export function explain(output) {
  const known = causes.find(({ sign }) => sign.test(output));
  const lastWords = output.trimEnd().split('\n').slice(-15).join('\n');
  return `${known?.sentence ?? 'Installing the dependencies failed.'}\nnpm said:\n${lastWords}`;
}
