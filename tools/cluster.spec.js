import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { readArguments, usage } from './cluster/arguments.mjs';
import { greeting } from './cluster/greeting.mjs';

const quickstart = {
  baseUrl: 'http://127.0.0.1:8787/v1',
  apiKey: 'sk-al-v1-secret',
  services: {
    'edge-proxy': 'http://127.0.0.1:8787',
    'edge-proxy-admin': 'http://127.0.0.1:8887',
    'edge-proxy-2': 'http://127.0.0.1:8788',
    billing: 'http://127.0.0.1:8792',
  },
};

describe('npm run cluster', () => {
  it('starts two edges and two of billing beside the data of npm start, unless told otherwise', () => {
    const folder = join(process.cwd(), '.apilink-cluster');
    expect(readArguments([])).toEqual({ edges: 2, billing: 2, port: 8787, folder });
    expect(readArguments(['--edges', '3', '--billing=5', '--port', '9000', '--data-dir', '.'])).toEqual({
      edges: 3,
      billing: 5,
      port: 9000,
      folder: process.cwd(),
    });
  });

  it.each([
    [['--edges', 'two'], /^--edges is a whole number; "two" is none\.$/],
    [['--edgs', '2'], /^Unknown option '--edgs'[\s\S]+Usage: npm run cluster/],
    [['up'], /^Unexpected argument 'up'/],
  ])('refuses %j in one sentence, with exit code 2', (args, sentence) => {
    expect(() => readArguments(args)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringMatching(sentence) }),
    );
  });

  it('names every option in its help', () => {
    for (const option of ['--edges', '--billing', '--port', '--data-dir']) expect(usage).toContain(option);
    expect(readArguments(['--help'])).toBeNull();
  });

  it('greets with every edge, the key, a curl line that can be pasted, and the folder for the command line', () => {
    const text = greeting({ quickstart, folder: join(process.cwd(), "it's here"), elapsedMs: 12_340 });
    expect(text).toContain('ready (12.3 s)');
    expect(text).toContain('http://127.0.0.1:8788/v1');
    expect(text).not.toContain('8887');
    expect(text).toMatch(
      /^curl -N http:\/\/127\.0\.0\.1:8787\/v1\/chat\/completions \\\n {2}-H 'Authorization: Bearer sk-al-v1-secret' \\$/m,
    );
    expect(text).toContain(String.raw`APILINK_DATA_DIR='it'\''s here' npx apilink receipt`);
  });
});
