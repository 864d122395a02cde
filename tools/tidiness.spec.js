import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { root } from './bootstrap/workspace.mjs';
import { filesIn, read } from './rules/sources.mjs';

/** What is committed; in an unpacked archive, what lies there. */
function committed() {
  if (!existsSync(join(root, '.git'))) return filesIn();
  const listed = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' });
  return listed.split('\0').filter((path) => path !== '' && existsSync(join(root, path)));
}

const text = /\.(?:ts|tsx|js|mjs|json|md|ya?ml|c|sh|sql)$/;
const files = committed().filter(
  (path) => text.test(path) && path !== 'package-lock.json' && path !== 'tools/tidiness.spec.js',
);

function linesWith(pattern, paths = files) {
  return paths.flatMap((path) =>
    read(path)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim().slice(0, 120)}`] : [])),
  );
}

describe('committed files', () => {
  it('name no path of a machine', () => {
    expect(linesWith(/(?<![\w.$}])\/(?:tmp|home|root|work|Users)\/[a-z]/)).toEqual([]);
  });

  it('name no package registry', () => {
    expect(linesWith(/https?:\/\/[a-z.-]*(?:npmjs|npmmirror|yarnpkg|maven|pypi)[a-z.-]*\.[a-z]+/)).toEqual([]);
  });

  it('leave nothing unfinished', () => {
    expect(linesWith(/\b(?:TODO|FIXME|XXX|HACK)\b/)).toEqual([]);
  });

  it('switch no check and no test off', () => {
    const code = files.filter((path) => /\.(?:ts|js|mjs)$/.test(path));
    expect(linesWith(/@ts-(?:ignore|nocheck|expect-error)|(?:oxlint|eslint)-disable|prettier-ignore/, code)).toEqual(
      [],
    );
    expect(
      linesWith(/\b(?:it|test|describe)\.(?:only|skip|todo|failing)\b|\b(?:xit|xdescribe|fit|fdescribe)\(['"`]/, code),
    ).toEqual([]);
  });

  it('keep the lock file free of places that only one machine knows', () => {
    const lock = JSON.parse(read('package-lock.json')).packages;
    const hosts = Object.values(lock)
      .filter(({ resolved, link }) => resolved !== undefined && link !== true)
      .map(({ resolved }) => new URL(resolved).host);
    expect([...new Set(hosts)].filter((host) => !/^registry\.npmjs\.org$/.test(host))).toEqual([]);
  });
});
