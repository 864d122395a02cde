import type { Base64Reader } from './base64-reader.js';

/** Its page tree stands at the end of most documents, and at the front of those made for the web. */
const READ_BYTES = 64 * 1024;
/** No page is larger, scanned ones included, so that a false count is not believed. */
const PAGE_BYTES_MAX = 4 * 1024 * 1024;

/**
 * The pages of a PDF by what its page tree says (`/Count`, or `/N` of a linearised one); null when the tree is compressed or
 * this is no PDF. Reads 128 KB at most.
 */
export function pdfPages(payload: Base64Reader): number | null {
  const head = payload.at(0, READ_BYTES).toString('latin1');
  if (!head.startsWith('%PDF-')) return null;
  const rest = Math.max(READ_BYTES, payload.length - READ_BYTES);
  const tail = payload.at(rest, READ_BYTES).toString('latin1');
  let pages = 0;
  for (const text of [head, tail]) {
    for (const [, count] of text.matchAll(/\/Count\s{1,8}(\d{1,6})\b/g)) pages = Math.max(pages, Number(count));
    const linear = /\/Linearized\s[^>]{0,200}\/N\s{1,8}(\d{1,6})\b/.exec(text);
    if (linear !== null) pages = Math.max(pages, Number(linear[1]));
  }
  return pages === 0 ? null : Math.max(pages, Math.ceil(payload.length / PAGE_BYTES_MAX));
}
