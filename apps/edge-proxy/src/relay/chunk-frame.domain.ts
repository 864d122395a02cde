/** RFC 9112, 7.1: the size in hex, the bytes, both followed by CRLF. A size of 0 would end the body. */
const CR = 0x0d;
const LF = 0x0a;
const DIGITS = Buffer.from('0123456789abcdef');

/** One chunk of a chunked body, in one buffer. `bytes` must not be empty. */
export function chunkFrame(bytes: Buffer): Buffer {
  const { length } = bytes;
  let digits = 1;
  for (let rest = length >>> 4; rest > 0; rest >>>= 4) digits++;
  const frame = Buffer.allocUnsafe(digits + length + 4);
  for (let at = digits - 1, rest = length; at >= 0; at--, rest >>>= 4) frame[at] = DIGITS[rest & 15] ?? 0;
  frame[digits] = CR;
  frame[digits + 1] = LF;
  frame.set(bytes, digits + 2);
  frame[digits + length + 2] = CR;
  frame[digits + length + 3] = LF;
  return frame;
}
