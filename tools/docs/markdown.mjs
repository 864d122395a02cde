/** Lines of a Markdown table; cells are Markdown already. */
export function table(titles, rows) {
  return [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}

/** Text as a Markdown cell; code in backticks stays code. */
export function text(plain) {
  return plain.replaceAll(/[|<>*_\\]/g, String.raw`\$&`).replaceAll('\n', ' ');
}

/** A literal as a Markdown cell. */
export function code(literal) {
  return `\`${literal.replaceAll('|', String.raw`\|`)}\``;
}
