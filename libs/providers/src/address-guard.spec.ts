import { describe, expect, it } from '@jest/globals';

import { publicLookup } from './address-guard.js';

describe('publicLookup', () => {
  it('leaves the public addresses of a name that has both kinds', async () => {
    const lookup = publicLookup((_hostname, _options, callback) => {
      callback(null, [
        { address: '10.0.0.1', family: 4 },
        { address: '1.1.1.1', family: 4 },
      ]);
    });
    const found = await new Promise((resolve) => {
      lookup('both.example', { all: true }, (_error, addresses) => {
        resolve(addresses);
      });
    });
    expect(found).toEqual([{ address: '1.1.1.1', family: 4 }]);
  });
});
