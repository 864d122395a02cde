/** The value of a header in a list of names and values in turn; null without it. Names are in any case. */
export function headerOf(headers: readonly string[], name: string): string | null {
  for (let at = 0; at + 1 < headers.length; at += 2) {
    if (headers[at]?.toLowerCase() === name) return headers[at + 1] ?? null;
  }
  return null;
}
