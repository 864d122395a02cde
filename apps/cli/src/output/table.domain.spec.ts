import { describe, expect, it } from '@jest/globals';

import { displayWidth, factLines, printable, tableLines } from './table.domain.js';

describe('tables', () => {
  it('line the digits of money up on the right', () => {
    const columns = [
      { title: 'NAME', align: 'left' as const },
      { title: 'SPENT', align: 'right' as const },
    ];
    expect(
      tableLines(columns, [
        ['Acme', '$0.500000000'],
        ['B', '$12.000000001'],
      ]),
    ).toEqual(['NAME          SPENT', 'Acme   $0.500000000', 'B     $12.000000001']);
  });

  it('count Chinese characters as two columns', () => {
    expect(displayWidth('上海智算')).toBe(8);
    const columns = [
      { title: 'NAME', align: 'left' as const },
      { title: 'N', align: 'right' as const },
    ];
    expect(tableLines(columns, [['上海', '1']])).toEqual(['NAME  N', '上海  1']);
  });

  it('show names with control characters without letting them reach the terminal', () => {
    expect(printable('\u001B[2Jevil\r\n\u202Eeman')).toBe('�[2Jevil���eman');
  });

  it('align amounts of facts among themselves', () => {
    expect(
      factLines([
        { name: 'id', value: 'x' },
        { name: 'held', value: '$1', money: true },
        { name: 'spent', value: '$10', money: true },
      ]),
    ).toEqual(['id     x', 'held    $1', 'spent  $10']);
  });
});
