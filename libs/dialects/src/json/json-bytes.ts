/** Bytes that JSON's grammar names. */
export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
export const COLON = 0x3a;
export const COMMA = 0x2c;

/** A closing quote is mostly near; the native search pays off only beyond this many bytes. */
const NEAR_BYTES = 40;

export function isJsonSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** The first byte at or after `at` that is no white space; the buffer's length when there is none. */
export function skipSpace(bytes: Buffer, at: number): number {
  // Most documents have none.
  if ((bytes[at] ?? 0) > 0x20) return at;
  let i = at;
  while (i < bytes.length && isJsonSpace(bytes[i] ?? 0)) i++;
  return i;
}

/** The closing quote of the string whose opening quote is at `open`; -1 when it never closes. Linear in its length. */
export function closingQuote(bytes: Buffer, open: number): number {
  let i = open + 1;
  const near = Math.min(bytes.length, i + NEAR_BYTES);
  for (; i < near; i++) {
    const byte = bytes[i] ?? 0;
    if (byte === QUOTE) return i;
    if (byte === BACKSLASH) i++;
  }
  for (;;) {
    const quote = bytes.indexOf(QUOTE, i);
    if (quote < 0) return -1;
    let before = quote - 1;
    while (bytes[before] === BACKSLASH) before--;
    if ((quote - 1 - before) % 2 === 0) return quote;
    i = quote + 1;
  }
}
