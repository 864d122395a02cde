import { mediaAddressProblem } from '../address/media-address.js';
import { invalid, type RequestProblem } from '../call/request-problem.js';

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const isoBrands: ReadonlySet<string> = new Set(['avif', 'avis', 'heic', 'heix', 'mif1', 'msf1']);

/** Whether these are the first bytes of a PNG, JPEG, GIF, WebP, AVIF or HEIC. */
export function isPicture(head: Buffer): boolean {
  if (head.subarray(0, PNG.length).equals(PNG)) return true;
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return true;
  const name = head.toString('latin1', 0, 4);
  if (name === 'GIF8') return true;
  if (name === 'RIFF') return head.toString('latin1', 8, 12) === 'WEBP';
  return head.toString('latin1', 4, 8) === 'ftyp' && isoBrands.has(head.toString('latin1', 8, 12));
}

const isBase64Byte = new Uint8Array(256);
for (const byte of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_'))
  isBase64Byte[byte] = 1;

/** Base64 of either alphabet, whole: padding at its end alone, and no group of one character. Linear. */
export function isBase64(text: string): boolean {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const length = text.length - padding;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code > 255 || isBase64Byte[code] !== 1) return false;
  }
  return length > 0 && length % 4 !== 1 && (padding === 0 || text.length % 4 === 0);
}

/**
 * Why a picture may not be sent as this text; null when it may: a `data:` URL of a real picture in whole base64, or a public
 * address. `param` is the path of the parameter.
 */
export function pictureTextProblem(param: string, text: string): RequestProblem | null {
  if (!/^data:/i.test(text.slice(0, 5))) return mediaAddressProblem(param, text);
  const comma = text.slice(0, 256).indexOf(',');
  if (comma < 0 || !text.slice(0, comma).toLowerCase().endsWith(';base64')) {
    return invalid(param, 'a data URL in base64, like data:image/png;base64,iVBOR…');
  }
  const payload = text.slice(comma + 1);
  if (!isBase64(payload)) return invalid(param, 'whole base64; it is broken');
  const head = Buffer.from(payload.slice(0, 64), 'base64');
  return isPicture(head) ? null : invalid(param, 'a picture (PNG, JPEG, GIF, WebP, AVIF or HEIC), got something else');
}
