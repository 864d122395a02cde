import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { explain } from './bootstrap/install.mjs';
import { checkPlatform, findNode } from './bootstrap/node-runtime.mjs';
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

  it('says how it is used when the command is unknown, and ends with 2', async () => {
    const { code, output } = await bootstrap('frobnicate');
    expect({ code, output }).toEqual({
      code: 2,
      output: 'Usage: node tools/bootstrap/run.mjs <start|test|build|lint|bench|ci|cli> [arguments]\n',
    });
  });
});

async function bootstrap(...args) {
  const child = spawn(process.execPath, [join(root, 'tools', 'bootstrap', 'run.mjs'), ...args], { stdio: 'pipe' });
  let output = '';
  child.stderr.on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'close');
  return { code, output };
}
