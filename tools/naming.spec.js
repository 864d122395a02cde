import { basename, dirname } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { filesIn, projects, sourcesIn } from './rules/sources.mjs';

const meaningless = /^(?:common|shared|utils?|helpers?|core|base|managers?|processors?|misc|lib)$/;
const kebab = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const roles = [
  'domain',
  'entity',
  'repository',
  'service',
  'controller',
  'consumer',
  'client',
  'errors',
  'module',
  'config',
  'factory',
];
const featureFile = new RegExp(
  String.raw`^[a-z0-9]+(?:-[a-z0-9]+)*\.(?:${roles.join('|')})(?:\.(?:it\.)?(?:spec|contract))?\.ts$`,
);
/** Specs of a whole feature, and fakes that only they use. */
const featureSpec = /^[a-z0-9]+(?:-[a-z0-9]+)*\.(?:it\.|e2e\.)?spec\.ts$/;
/** A migration, or the list of them. */
const migration = /^(?:\d{13}-[a-z0-9]+(?:-[a-z0-9]+)*|[a-z0-9]+(?:-[a-z0-9]+)*-migrations)\.ts$/;

const apps = projects().filter(({ kind }) => kind === 'apps');
const libs = projects().filter(({ kind }) => kind === 'libs');

describe('names', () => {
  it('of folders and files say what is inside', () => {
    const offenders = filesIn().filter((path) =>
      path.split('/').some(
        (part) =>
          part
            .split('.')[0]
            .split('-')
            .some((word) => meaningless.test(word)) && !isAllowed(part),
      ),
    );
    expect(offenders).toEqual([]);
  });

  it('of sources and their folders are kebab-case', () => {
    const offenders = [...projects().map(({ folder }) => folder), 'e2e']
      .flatMap((folder) => sourcesIn(folder))
      .filter((path) => path.split('/').some((part) => !part.split('.').every((piece) => kebab.test(piece))));
    expect(offenders).toEqual([]);
  });

  it('of files in the feature folders of apps tell their role', () => {
    const offenders = apps
      .flatMap(({ folder }) => sourcesIn(`${folder}/src`).map((path) => ({ path, app: `${folder}/src` })))
      .filter(({ path, app }) => dirname(path) !== app)
      .filter(({ path }) => !hasRole(path))
      .map(({ path }) => path);
    expect(offenders).toEqual([]);
  });
});

describe('doors', () => {
  it.each(libs.map(({ folder }) => folder))('%s has exactly one index.ts', (folder) => {
    const doors = sourcesIn(folder).filter((path) => basename(path) === 'index.ts');
    expect(doors).toEqual([`${folder}/src/index.ts`]);
  });

  it('no app has an index.ts', () => {
    expect(apps.flatMap(({ folder }) => sourcesIn(folder)).filter((path) => basename(path) === 'index.ts')).toEqual([]);
  });
});

function hasRole(path) {
  const name = basename(path);
  if (basename(dirname(path)) === 'migrations') return migration.test(name);
  return featureFile.test(name) || featureSpec.test(name);
}

/** Words that the toolchain fixes, and the base that the benchmark's figures are ratios of. */
function isAllowed(part) {
  return part === 'tsconfig.base.json' || part === 'base.mjs';
}
