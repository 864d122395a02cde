import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, integer, property } from 'fast-check';

import {
  isRemittanceCode,
  newRemittanceCode,
  printedRemittanceCode,
  remittanceCodeOf,
  remittanceCodesIn,
} from './remittance-code.domain.js';

const ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
const codes = array(integer({ min: 0, max: 30 }), { minLength: 7, maxLength: 7 }).map((drawn) =>
  newRemittanceCode(() => drawn.shift() ?? 0),
);

describe('remittance codes', () => {
  it('have no characters that are mistaken for each other', () => {
    for (let drawn = 0; drawn < 200; drawn += 1) expect(newRemittanceCode()).toMatch(/^[2-9A-HJKMNP-Z]{8}$/);
  });

  it('tell every single wrong character: no other account is credited for a slip', () => {
    assert(
      property(codes, integer({ min: 0, max: 7 }), constantFrom(...ALPHABET.split('')), (code, place, other) => {
        const slipped = code.slice(0, place) + other + code.slice(place + 1);
        expect(isRemittanceCode(slipped)).toBe(slipped === code);
      }),
    );
  });

  it('tell every swap of two characters', () => {
    assert(
      property(codes, integer({ min: 0, max: 6 }), integer({ min: 1, max: 7 }), (code, one, other) => {
        const characters = code.split('');
        const [left = '', right = ''] = [characters[one], characters[other]];
        characters[one] = right;
        characters[other] = left;
        const swapped = characters.join('');
        expect(isRemittanceCode(swapped)).toBe(swapped === code);
      }),
    );
  });

  it.each([
    (printed: string) => `invoice 4711 ${printed}`,
    (printed: string) => `货款${printed.toLowerCase()}谢谢`,
    (printed: string) => printed.replaceAll('-', ''),
    (printed: string) => printed.split('').join(' '),
    (printed: string) =>
      printed.replaceAll(/[A-Z0-9]/g, (sign) => String.fromCodePoint((sign.codePointAt(0) ?? 0) + 0xfee0)),
    (printed: string) => `TOTAL ${printed}`,
  ])('are found in what banks make of a remark (%#)', (write) => {
    const code = newRemittanceCode();
    expect(remittanceCodesIn(write(printedRemittanceCode(code)))).toContain(code);
  });

  it('are read without their letters where a column holds the code alone', () => {
    const code = newRemittanceCode();
    expect(remittanceCodeOf(code.toLowerCase())).toBe(code);
    expect(remittanceCodeOf(printedRemittanceCode(code))).toBe(code);
    expect(remittanceCodeOf('no code at all')).toBeNull();
  });

  it('of two accounts in one text are both told, and none is chosen', () => {
    const [one, other] = [newRemittanceCode(() => 1), newRemittanceCode(() => 2)];
    const text = `${printedRemittanceCode(one)} or ${printedRemittanceCode(other)}`;
    expect(new Set(remittanceCodesIn(text))).toEqual(new Set([one, other]));
    expect(remittanceCodeOf(text)).toBeNull();
  });
});
