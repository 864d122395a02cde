import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { root } from './bootstrap/workspace.mjs';
import { filesIn, importsOf, packageOf, productCodeIn, projects, testCodeIn } from './rules/sources.mjs';

const exact = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;
const rootManifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const everywhere = [{ folder: '.', manifest: rootManifest }, ...projects()];
const clientsManifest = JSON.parse(readFileSync(join(root, 'e2e/clients/package.json'), 'utf8'));
const everywhereAndClients = [...everywhere, { folder: 'e2e/clients', manifest: clientsManifest }];
const tables = ['dependencies', 'devDependencies', 'optionalDependencies', 'overrides'];

const declared = ({ manifest }) => Object.keys(manifest.dependencies ?? {});
const packagesIn = (paths) =>
  new Set(
    [...paths]
      .flatMap((path) => importsOf(path))
      .map(packageOf)
      .filter((name) => name !== null),
  );

describe('dependencies', () => {
  it('are pinned exactly, everywhere', () => {
    const loose = everywhereAndClients.flatMap(({ folder, manifest }) =>
      tables
        .flatMap((table) => Object.entries(manifest[table] ?? {}))
        .filter(([, version]) => !exact.test(version))
        .map(([name, version]) => `${folder}: ${name} ${version}`),
    );
    expect(loose).toEqual([]);
  });

  it('have one version in the whole workspace', () => {
    const versions = new Map();
    for (const { manifest } of everywhere) {
      for (const [name, version] of tables.flatMap((table) => Object.entries(manifest[table] ?? {}))) {
        versions.set(name, (versions.get(name) ?? new Set()).add(version));
      }
    }
    expect([...versions].filter(([, found]) => found.size > 1).map(([name]) => name)).toEqual([]);
  });

  it.each(projects())('of $folder stand in its own package.json', (project) => {
    const own = new Set([...declared(project), project.manifest.name]);
    const missing = [...packagesIn(productCodeIn(project.folder))].filter((name) => !own.has(name));
    expect(missing).toEqual([]);
  });

  it.each(projects())('of $folder are all in use', (project) => {
    const used = packagesIn(productCodeIn(project.folder));
    const peers = new Set(declared(project).flatMap((name) => peersOf(name)));
    const needed = (name) => used.has(name) || peers.has(name);
    expect(declared(project).filter((name) => !needed(name))).toEqual([]);
  });

  it('of tests stand in the root', () => {
    const available = new Set([
      ...Object.keys(rootManifest.devDependencies),
      ...projects().map(({ manifest }) => manifest.name),
    ]);
    const missing = projects().flatMap((project) =>
      [...packagesIn(testCodeIn(project.folder))]
        .filter((name) => !available.has(name) && !declared(project).includes(name))
        .map((name) => `${project.folder}: ${name}`),
    );
    const scripts = [...filesIn('e2e'), ...filesIn('tools')]
      .filter((path) => /\.(?:ts|js|mjs)$/.test(path))
      .filter((path) => !path.startsWith('e2e/clients/'));
    const missingOfScripts = [...packagesIn(scripts)].filter((name) => !available.has(name));
    expect([...missing, ...missingOfScripts]).toEqual([]);
  });

  it('of the clients stand in their own manifest, and all are in use', () => {
    const drivers = filesIn('e2e/clients').filter((path) => path.endsWith('.mjs'));
    const installed = Object.keys(clientsManifest.dependencies);
    const started = ['@openai/codex', '@anthropic-ai/claude-code'];
    expect(new Set([...packagesIn(drivers), ...started])).toEqual(new Set(installed));
  });

  it('of the scripts that run before anything is installed are Node alone', () => {
    const scripts = [...filesIn('tools/bootstrap'), ...filesIn('tools/bin')].filter((path) => path.endsWith('.mjs'));
    const foreign = scripts.flatMap((path) => importsOf(path)).filter((specifier) => packageOf(specifier) !== null);
    expect(foreign).toEqual([]);
  });

  it('with install scripts were looked at, each with a decision', () => {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
    const withScripts = Object.entries(lock)
      .filter(([, entry]) => entry.hasInstallScript === true && isForUs(entry))
      .map(([path]) => path.split('node_modules/').at(-1));
    expect(withScripts.filter((name) => rootManifest.allowScripts[name] === undefined)).toEqual([]);
  });
});

/** Packages of platforms that bootstrap refuses are never installed. */
function isForUs({ os = ['linux'], cpu = ['x64'] }) {
  return os.some((name) => ['linux', 'darwin'].includes(name)) && cpu.some((name) => ['x64', 'arm64'].includes(name));
}

/** What a package expects beside it: a project declares it without importing it itself. */
function peersOf(name) {
  const manifest = join(root, 'node_modules', name, 'package.json');
  return existsSync(manifest) ? Object.keys(JSON.parse(readFileSync(manifest, 'utf8')).peerDependencies ?? {}) : [];
}
