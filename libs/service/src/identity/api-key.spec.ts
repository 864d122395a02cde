import { describe, expect, it } from '@jest/globals';

import { checkApiKey, createApiKey, hashApiKey } from './api-key.js';

const fixed = createApiKey((count) => Uint8Array.from({ length: count }, (_, index) => index * 7)).apiKey;

describe('API keys', () => {
  it('have the published form for ever: keys of today stay valid', () => {
    expect(fixed).toBe('sk-al-v1-07ELSZgnu18FMTahov29GNUbipw3AHOVcjqx3AHOry8aCX');
    expect(checkApiKey(fixed)).toBe('ok');
    expect(hashApiKey('sk-al-v1-x')).toBe('17c9084664b2701a4d7202494e33f23d211adc1010dee3807054af96aa14e0e6');
  });

  it('are all different and hashed as a whole', () => {
    const keys = Array.from({ length: 500 }, () => createApiKey());
    expect(new Set(keys.map((key) => key.apiKey)).size).toBe(500);
    expect(keys.every((key) => checkApiKey(key.apiKey) === 'ok' && key.keyHash === hashApiKey(key.apiKey))).toBe(true);
  });

  it('use every character equally often: no byte above 247 is folded back', () => {
    const { apiKey } = createApiKey((count) =>
      Uint8Array.from({ length: count }, (_, index) => (index % 2 ? 255 : 61)),
    );
    expect(apiKey.slice(9, 49)).toBe('z'.repeat(40));
  });

  it('are refused without a look-up when one character is wrong', () => {
    for (let at = 0; at < fixed.length; at++) {
      const other = fixed.charAt(at) === 'x' ? 'y' : 'x';
      expect(checkApiKey(fixed.slice(0, at) + other + fixed.slice(at + 1))).toBe('malformed');
    }
    expect(checkApiKey(`${fixed} `)).toBe('malformed');
    expect(checkApiKey('')).toBe('malformed');
  });
});
