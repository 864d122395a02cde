import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

import { describe, expect, it } from '@jest/globals';

import { explain } from './bootstrap/install.mjs';
import { checkPlatform, checkRuns, findNode } from './bootstrap/node-runtime.mjs';
import { root } from './bootstrap/workspace.mjs';

describe('bootstrap', () => {
  it.each([
    ['npm error code ENOTFOUND\nnpm error getaddrinfo ENOTFOUND registry', /cannot be reached/],
    ['npm error code ENOSPC\nnpm error nospc no space left on device', /disk is full/],
    ['npm error code EACCES\nnpm error path node_modules', /may not write here/],
    ['npm error code EUSAGE\nnpm error `npm ci` can only install', /do not agree/],
    ['npm error something new', /^Installing the dependencies failed/],
  ])('explains %j in one sentence and shows what npm said', (output, sentence) => {
    const [first, second, ...said] = explain(output).split('\n');
    expect(first).toMatch(sentence);
    expect([second, ...said]).toEqual(['npm said:', ...output.split('\n')]);
  });

  it('sends Windows to WSL before it installs anything', () => {
    expect(() => checkPlatform('win32', 'x64')).toThrow(/WSL/);
  });

  it('names a platform for which there is no database binary', () => {
    expect(() => checkPlatform('linux', 'riscv64')).toThrow(/linux on riscv64/);
  });

  it.each(['linux x64', 'linux arm64', 'darwin arm64', 'darwin x64'])('runs on %s', (machine) => {
    expect(() => checkPlatform(...machine.split(' '))).not.toThrow();
  });

  it('takes the running Node when it is new enough', () => {
    expect(findNode('24.0.0')).toBe(process.execPath);
  });

  it('says what a slim system lacks for the Node that the project brings, instead of what its loader says', () => {
    const folder = mkdtempSync(join(tmpdir(), 'apilink-node-'));
    const node = join(folder, 'node');
    writeFileSync(node, '#!/bin/sh\necho "node: error while loading shared libraries: libatomic.so.1" >&2\nexit 127\n');
    chmodSync(node, 0o755);
    expect(() => checkRuns(node)).toThrow(/libatomic\.so\.1\).*apt-get install libatomic1.*Node 24 or newer/);
    expect(() => checkRuns(join(folder, 'none'))).toThrow(/does not run on this machine/);
    expect(() => checkRuns(process.execPath)).not.toThrow();
    rmSync(folder, { recursive: true });
  });

  it('stands directly below npm, so that a signal to npm reaches the service and its exit code comes back', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(scripts.start).toMatch(/^exec node /);
    expect(scripts.prestart).toBe('node tools/bootstrap/run.mjs check');
  });

  it.each(['SIGINT', 'SIGTERM'])('passes %s on, waits for the drain, and ends with its exit code', async (signal) => {
    const drains = `
      process.on('${signal}', () => { console.log('draining'); setImmediate(() => process.exit(7)); });
      setInterval(() => {}, 1000);
      console.log('up');
    `;
    const { child, said } = passing(drains);
    await said('up');
    child.kill(signal);
    await said('draining');
    expect(await once(child, 'close')).toEqual([7, null]);
  });

  it('closes the channel to the service when it is killed, so that the service can end itself', async () => {
    const { child, said } = passing(`
      process.on('disconnect', () => { console.log('ended'); process.exit(0); });
      console.log('up');
    `);
    await said('up');
    child.kill('SIGKILL');
    expect(await said('ended')).toBe('ended');
  });

  it('says how it is used when the command is unknown, and ends with 2', async () => {
    const { code, output } = await bootstrap('frobnicate');
    expect({ code, output }).toEqual({
      code: 2,
      output:
        'Usage: node tools/bootstrap/run.mjs <start|cluster|test|soak|build|format|lint|bench|clients|ci|cli> [arguments]\n',
    });
  });
});

/** A process that runs `script` as bootstrap runs a service. */
function passing(script) {
  const runner = `
    import { runToEnd } from ${JSON.stringify(pathToFileURL(join(root, 'tools/bootstrap/child.mjs')).href)};
    process.exitCode = await runToEnd(process.execPath, ['-e', ${JSON.stringify(script)}]);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', runner], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout);
  const iterator = lines[Symbol.asyncIterator]();
  const said = async (word) => {
    const { value } = await iterator.next();
    expect(value).toMatch(new RegExp(`^${word}`));
    return value;
  };
  return { child, said };
}

async function bootstrap(...args) {
  const child = spawn(process.execPath, [join(root, 'tools', 'bootstrap', 'run.mjs'), ...args], { stdio: 'pipe' });
  let output = '';
  child.stderr.on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'close');
  return { code, output };
}
