import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, posix } from 'node:path';

import { root } from '../bootstrap/workspace.mjs';

const generated = new Set(['node_modules', 'dist', '.git', '.nx', '.apilink', '.build', 'coverage', 'jest']);

/** Paths of all files of the checkout below a folder, relative to the root, without what is installed or built. */
export function filesIn(folder = '.') {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (generated.has(entry.name)) return [];
    const path = folder === '.' ? entry.name : `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}

/** Every project with what its package.json says: { folder, name, kind: 'apps' | 'libs', manifest }. */
export function projects() {
  return ['apps', 'libs'].flatMap((kind) =>
    readdirSync(join(root, kind)).map((name) => {
      const folder = `${kind}/${name}`;
      return { folder, name, kind, manifest: JSON.parse(read(`${folder}/package.json`)) };
    }),
  );
}

export function read(path) {
  return readFileSync(join(root, path), 'utf8');
}

/** TypeScript sources of a folder. */
export function sourcesIn(folder) {
  return filesIn(folder).filter((path) => path.endsWith('.ts'));
}

const isSpec = (path) => basename(path).endsWith('.spec.ts');
const isContractSuite = (path) => basename(path).endsWith('.contract.ts');

/**
 * Sources of a project that run in tests alone: specs, contract suites that run against every adapter of a port, and
 * whatever only these import (samples, fakes).
 */
export function testCodeIn(folder) {
  const sources = sourcesIn(folder);
  const users = new Map(sources.map((path) => [path, []]));
  for (const path of sources) {
    for (const target of importsOf(path).filter((specifier) => specifier.startsWith('.'))) {
      users.get(posix.join(posix.dirname(path), target.replace(/\.js$/, '.ts')))?.push(path);
    }
  }
  const testCode = new Set(sources.filter((path) => isSpec(path) || isContractSuite(path)));
  for (let before = -1; before !== testCode.size;) {
    before = testCode.size;
    for (const [path, by] of users) if (by.length > 0 && by.every((user) => testCode.has(user))) testCode.add(path);
  }
  return testCode;
}

/** The other sources of a project. */
export function productCodeIn(folder) {
  const testCode = testCodeIn(folder);
  return sourcesIn(folder).filter((path) => !testCode.has(path));
}

const importPattern = /(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+|\bimport\.meta\.resolve\(\s*)'([^'\n]+)'/gm;

/** Module specifiers that a source names, comments aside; `typeOnly` ones vanish when compiled. */
export function importsOf(path) {
  const text = read(path).replaceAll(/\/\*[\s\S]*?\*\//g, '');
  return [...text.matchAll(importPattern)].map(([, specifier]) => specifier);
}

const packageName = /^(?:@[a-z0-9-]+\/)?[a-z0-9][a-z0-9._-]*(?:\/|$)/;

/** `@nestjs/common/decorators` → `@nestjs/common`; null for our own files and for Node itself. */
export function packageOf(specifier) {
  if (!packageName.test(specifier) || specifier.startsWith('node:')) return null;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}
