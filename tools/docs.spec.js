import { describe, expect, it } from '@jest/globals';

import { generatedPages } from './docs/generate.mjs';

describe('generated pages', () => {
  it('are equal to the code they are made from', async () => {
    const stale = (await generatedPages()).filter(({ isCurrent }) => !isCurrent).map(({ path }) => path);
    expect(stale).toEqual([]);
  });
});
