import { describe, expect, it } from '@jest/globals';

import { cleanText } from './clean-text.domain.js';

describe("a text of somebody else's in an event", () => {
  it('is cut between characters, never inside one', () => {
    expect(cleanText('ab😀', 3)).toBe('ab');
    expect(cleanText('ab😀', 4)).toBe('ab😀');
    expect(cleanText('😀😀😀', 5)).toBe('😀😀');
  });

  it('has nothing that Postgres refuses to store', () => {
    expect(cleanText('a\ud800b\u0000c\udc00', 10)).toBe('a\ufffdb\ufffdc\ufffd');
  });

  it('stays null where there is none', () => {
    expect(cleanText(null, 10)).toBeNull();
    expect(cleanText('', 10)).toBe('');
  });
});
