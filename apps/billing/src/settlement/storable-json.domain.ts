/** An escape of JSON: of a character that Postgres cannot keep (the end of a C string, half a surrogate pair), or another. */
const ESCAPE = /\\(?:u(?:0000|d[89a-f][0-9a-f]{2})|[^])/g;

/**
 * JSON that a `jsonb` parameter takes. What people and upstreams write into texts (`user`, `session_id`, titles, reasons)
 * must never decide whether a request can be charged: what cannot be kept becomes U+FFFD, and a whole character stays.
 */
export function storableJson(value: unknown): string {
  const text = JSON.stringify(value);
  // JSON.stringify writes whole surrogate pairs as they are: only a lone half is escaped.
  return text.includes('\\u') ? text.replace(ESCAPE, (escape) => (escape.length > 2 ? '\ufffd' : escape)) : text;
}
