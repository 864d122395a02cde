import type { TurnCitation } from '../turn/turn-part.js';
import type { JsonRecord } from '../turn/turn-request.js';

/**
 * A source as chat's annotation; null for one without an address, which chat cannot name. `offset` is where the part begins
 * in the content, `length` how long the content is.
 */
export function writeCitation(citation: TurnCitation, offset: number, length: number): JsonRecord | null {
  const { url, title, citedText, start, end } = citation;
  if (url === null) return null;
  const cited = {
    url,
    title: title ?? url,
    start_index: offset + (start ?? 0),
    end_index: end === null ? length : offset + end,
    ...(citedText === null ? {} : { content: citedText }),
  };
  return { type: 'url_citation', url_citation: cited };
}
