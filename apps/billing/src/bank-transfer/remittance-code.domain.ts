import { randomInt } from 'node:crypto';

/**
 * What a payer writes on a bank transfer, so that it is known whose it is: `AL-7K3M-9QXR`. Seven drawn characters and one
 * that checks them, of an alphabet without 0, 1, I, L and O.
 */
export type RemittanceCode = string;

const ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
const DRAWN = 7;
/** Prime, so that with weights that all differ every single mistake and every swap of two characters is found. */
const MODULUS = ALPHABET.length;

/** Eight characters, as they are stored. */
export function newRemittanceCode(draw: (below: number) => number = randomInt): RemittanceCode {
  const drawn = Array.from({ length: DRAWN }, () => ALPHABET.charAt(draw(MODULUS))).join('');
  return drawn + checkCharacter(drawn);
}

/** For people: `AL-7K3M-9QXR`. */
export function printedRemittanceCode(code: RemittanceCode): string {
  return `AL-${code.slice(0, 4)}-${code.slice(4)}`;
}

/**
 * Codes that a bank's text may mean, each right by its check character: read through full-width characters, spaces,
 * hyphens and lower case, wherever the text has them. At most a few, for the text has 500 characters at most.
 */
export function remittanceCodesIn(text: string): readonly RemittanceCode[] {
  const squeezed = text
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[\s\-_./·–—]/gu, '');
  const codes = new Set<RemittanceCode>();
  // Looks at every place, because one candidate may begin within another.
  for (const { index } of squeezed.matchAll(/AL(?=[2-9A-HJKMNP-Z]{8})/g)) {
    const code = squeezed.slice(index + 2, index + 10);
    if (isRemittanceCode(code)) codes.add(code);
  }
  return [...codes];
}

/** A column for the code alone may hold it without its letters AL. */
export function remittanceCodeOf(text: string): RemittanceCode | null {
  const [found, ...others] = remittanceCodesIn(text);
  if (found !== undefined) return others.length === 0 ? found : null;
  const [bare = null] = remittanceCodesIn(`AL${text}`);
  return bare;
}

export function isRemittanceCode(code: string): boolean {
  return /^[2-9A-HJKMNP-Z]{8}$/.test(code) && checkCharacter(code.slice(0, DRAWN)) === code.charAt(DRAWN);
}

/** The sum of all eight, each times its place from the right, is a multiple of 31. */
function checkCharacter(drawn: string): string {
  let sum = 0;
  for (let index = 0; index < DRAWN; index += 1) sum += ALPHABET.indexOf(drawn.charAt(index)) * (DRAWN + 1 - index);
  return ALPHABET.charAt((MODULUS - (sum % MODULUS)) % MODULUS);
}
