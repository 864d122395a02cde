/**
 * Puts together what one service needs to run, from a checkout that is installed and built:
 * `node deploy/docker/assemble.mjs billing /app`. The target has the service, the libraries that it uses and their packages,
 * laid out as here, without tests and declarations; `service` in it leads to the service. Not `npm ci --workspace`: that
 * also installs each optional peer that any other workspace happens to use.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const isOurs = (folder) => /^(?:apps|libs)\/[^/]+$/.test(folder);
const ofTests = /\.(?:spec|contract|contract-[a-z-]+)\.(?:js|js\.map)$|\.tsbuildinfo$/;
const declarations = /\.d\.[cm]?ts(?:\.map)?$/;

/** Folders of the packages that a workspace needs, itself included, relative to the root. */
export function closureOf(workspace) {
  const found = new Set();
  const visit = (folder) => {
    if (found.has(folder)) return;
    found.add(folder);
    for (const name of neededBy(folder)) visit(locate(folder, name));
  };
  visit(workspace);
  return [...found];
}

/** Dependencies and required peers; what is optional, its user can do without. */
function neededBy(folder) {
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const { dependencies = {}, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = manifest;
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
  return [...Object.keys(dependencies), ...peers].filter((name) => !(name in optionalDependencies));
}

/** Where Node finds a package from another one. */
function locate(from, name) {
  for (let place = join(root, from); place.startsWith(root); place = dirname(place)) {
    const folder = join(place, 'node_modules', name);
    if (existsSync(join(folder, 'package.json'))) return relative(root, realpathSync(folder));
  }
  throw new Error(`${from} needs ${name}, which is not installed`);
}

export function assemble(app, target) {
  for (const folder of closureOf(`apps/${app}`)) {
    const to = join(target, folder);
    if (isOurs(folder)) copyOurs(folder, to, target);
    else copyPackage(join(root, folder), to);
  }
  symlinkSync(`apps/${app}`, join(target, 'service'));
}

function copyOurs(folder, to, target) {
  mkdirSync(to, { recursive: true });
  cpSync(join(root, folder, 'package.json'), join(to, 'package.json'));
  cpSync(join(root, folder, 'dist'), join(to, 'dist'), { recursive: true, filter: isToRun });
  // What a library reads at run time stands beside its code (the frozen catalog).
  const data = join(root, folder, 'data');
  if (existsSync(data)) cpSync(data, join(to, 'data'), { recursive: true });
  const scope = join(target, 'node_modules', '@apilink');
  mkdirSync(scope, { recursive: true });
  symlinkSync(join('../..', folder), join(scope, basename(folder)));
}

function isToRun(path) {
  return !ofTests.test(path) && !declarations.test(path);
}

/** What is nested in it is a package of its own, and copied if somebody needs it. */
function copyPackage(from, to) {
  const nested = join(from, 'node_modules');
  cpSync(from, to, { recursive: true, filter: (path) => path !== nested && !declarations.test(path) });
}

const [, script, app, target] = process.argv;
if (script !== undefined && realpathSync(script) === import.meta.filename) assemble(app, resolve(target));
