import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { capture } from '../bootstrap/child.mjs';
import { npmCommand } from '../bootstrap/install.mjs';
import { showStep } from '../bootstrap/progress.mjs';
import { root } from '../bootstrap/workspace.mjs';

const folder = join(root, 'e2e', 'clients');
const modules = join(folder, 'node_modules');
const venv = join(modules, '.python');

/** The Python in which the Python clients stand. */
export const clientsPython = join(venv, 'bin', 'python');

/**
 * Installs the clients that their lock file and requirements.txt name, unless exactly these are there already. Apart from
 * the project's own dependencies, because they are large and only this suite runs them; without their install scripts.
 * Resolves with what is in the way of each kind, null when nothing is.
 */
export async function installClients() {
  const node = await installed(
    'Installing the clients',
    join(modules, '.apilink-clients'),
    ['package-lock.json'],
    installNodeClients,
  );
  if (node !== null) return { node, python: node };
  const python = await installed(
    'Installing the Python clients',
    join(venv, '.apilink-clients'),
    ['requirements.txt'],
    installPythonClients,
  );
  return { node, python };
}

/** Does an installation whose stamp is not the one that these files ask for; the problem of it, or null. */
async function installed(title, stamp, files, install) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const file of files) hash.update(readFileSync(join(folder, file)));
  const wanted = hash.digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return null;
  let problem = null;
  await showStep(title, async () => {
    problem = await install();
  });
  if (problem === null) writeFileSync(stamp, wanted);
  return problem;
}

async function installNodeClients() {
  const [file, ...first] = npmCommand();
  const args = ['ci', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund'];
  return attempt(file, [...first, ...args], { npm_config_loglevel: 'error', npm_config_update_notifier: 'false' });
}

async function installPythonClients() {
  rmSync(venv, { recursive: true, force: true });
  const made = await attempt('python3', ['-m', 'venv', venv]);
  if (made !== null) return made;
  const wheels = ['--only-binary', ':all:', '--no-deps', '--disable-pip-version-check', '--quiet'];
  return attempt(clientsPython, ['-m', 'pip', 'install', ...wheels, '-r', join(folder, 'requirements.txt')]);
}

async function attempt(file, args, variables = {}) {
  try {
    const { code, output } = await capture(file, args, { ...process.env, ...variables });
    return code === 0 ? null : `could not be installed (${lastLine(output) || `exit code ${code}`})`;
  } catch (error) {
    return `could not be installed (${error.message})`;
  }
}

const lastLine = (text) => text.trim().split('\n').at(-1) ?? '';
