import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { carriedRows } from './carried-table.js';

const page = readFileSync(new URL('../../../../docs/dialects.md', import.meta.url), 'utf8');

function rowsOf(text: string): string[][] {
  const [, table = ''] = text.split('<!-- carried -->');
  return table
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[\s|:-]+\|$/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

describe('docs/dialects.md', () => {
  it('says of every parameter what becomes of it in every dialect', () => {
    const rows = carriedRows();
    const written = rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
    expect(
      rowsOf(page)
        .map((row) => `| ${row.join(' | ')} |`)
        .join('\n'),
    ).toBe(written);
  });
});
