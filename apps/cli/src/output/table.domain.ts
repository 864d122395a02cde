/** One column of a table for people. Money and counts stand right, so that their digits line up. */
export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

const gap = '  ';

/** Lines of a table with its titles; every cell is made printable first. */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const cells = [columns.map(({ title }) => title), ...rows].map((row) => row.map((cell) => printable(cell)));
  const widths = columns.map((_column, index) => Math.max(...cells.map((row) => displayWidth(row[index] ?? ''))));
  return cells.map((row) =>
    columns
      .map(({ align }, index) => pad(row[index] ?? '', widths[index] ?? 0, align))
      .join(gap)
      .trimEnd(),
  );
}

/** A table, or the sentence that says that there is nothing to show: bare titles look like a fault. */
export function listLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  whenEmpty: string,
): string[] {
  return rows.length === 0 ? [whenEmpty] : tableLines(columns, rows);
}

/** Lines of `name  value` pairs, values of `money` right-aligned among themselves. */
export function factLines(facts: readonly Fact[]): string[] {
  const shown = facts.map((fact) => ({ ...fact, value: printable(fact.value) }));
  const nameWidth = Math.max(...shown.map(({ name }) => displayWidth(name)));
  const moneyWidth = Math.max(0, ...shown.filter(({ money }) => money).map(({ value }) => displayWidth(value)));
  return shown.map(({ name, value, money }) =>
    `${pad(name, nameWidth, 'left')}${gap}${money ? pad(value, moneyWidth, 'right') : value}`.trimEnd(),
  );
}

export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly money?: true;
}

function pad(text: string, width: number, align: Column['align']): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'left' ? text + space : space + text;
}

/** Names and errors come from outside: a control character in them could rewrite the terminal. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}|\p{Cf}|\u2028|\u2029/gu, '�');
}

const wide =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA000-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE4F\uFF00-\uFF60\uFFE0-\uFFE6]|[\u{1F300}-\u{1FAFF}]|[\u{20000}-\u{3FFFD}]/u;

/** Columns of a terminal that a text takes: Chinese, Japanese and Korean characters take two, combining marks none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (wide.test(character)) width += 2;
    else if (!/\p{M}/u.test(character)) width += 1;
  }
  return width;
}
