export type EncodingFormat = 'float' | 'base64';

/** Dimensions of the longest vectors of today are below a tenth of this. */
const DIMENSIONS_MAX = 65_536;

/** Little-endian float32 in base64, as OpenAI writes vectors; null when something is no number that a float32 has. */
export function base64OfFloats(numbers: readonly unknown[]): string | null {
  if (numbers.length > DIMENSIONS_MAX) return null;
  const bytes = Buffer.allocUnsafe(numbers.length * 4);
  for (const [index, number] of numbers.entries()) {
    if (typeof number !== 'number' || !Number.isFinite(Math.fround(number))) return null;
    bytes.writeFloatLE(number, index * 4);
  }
  return bytes.toString('base64');
}

/** The numbers of a vector in base64, as JSON writes a list; null when it is none. */
export function floatsOfBase64(text: string): string | null {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === 0 || bytes.length % 4 !== 0 || bytes.length > DIMENSIONS_MAX * 4) return null;
  const numbers: string[] = [];
  for (let at = 0; at < bytes.length; at += 4) {
    const number = bytes.readFloatLE(at);
    if (!Number.isFinite(number)) return null;
    // `-0` is a number of its own, which String() forgets.
    numbers.push(Object.is(number, -0) ? '-0' : String(number));
  }
  return `[${numbers.join(',')}]`;
}
