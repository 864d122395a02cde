import { describe, expect, it } from '@jest/globals';

import { read } from './rules/sources.mjs';

/** A block of docs/clients.md with the file above it, from which its lines are taken. */
const BLOCK = /<!-- (?<path>e2e\/\S+) -->\s+```\w*\n(?<code>[\s\S]*?)```/g;
const blocks = [...read('docs/clients.md').matchAll(BLOCK)].map(({ groups }) => groups);

describe('docs/clients.md', () => {
  it.each(blocks)('shows lines of $path, which the tests run', ({ path, code }) => {
    const lines = code.split('\n').map((line) => line.trim());
    const tested = read(path);
    expect(lines.filter((line) => !tested.includes(line))).toEqual([]);
  });

  it('shows every client that is installed', () => {
    const { dependencies } = JSON.parse(read('e2e/clients/package.json'));
    const drivers = read('docs/clients.md');
    const builtOn = ['zod', 'ai', '@langchain/core'];
    const clients = Object.keys(dependencies).filter((name) => !builtOn.includes(name));
    const called = {
      '@openai/codex': 'Codex CLI',
      '@anthropic-ai/claude-code': 'Claude Code',
      '@openai/agents': 'Agents SDK',
    };
    expect(clients.filter((name) => !drivers.includes(called[name] ?? name))).toEqual([]);
  });
});
