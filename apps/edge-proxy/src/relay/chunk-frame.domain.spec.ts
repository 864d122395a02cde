import { describe, expect, it } from '@jest/globals';

import { chunkFrame } from './chunk-frame.domain.js';

describe('a chunk of a chunked body', () => {
  it.each([1, 9, 10, 15, 16, 17, 255, 256, 4095, 4096, 65_535, 65_536, 1_048_576])(
    'of %i bytes has its size in hex, the bytes, and CRLF behind both',
    (length) => {
      const bytes = Buffer.alloc(length, 0x61);
      const expected = Buffer.concat([Buffer.from(`${length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
      expect(chunkFrame(bytes).equals(expected)).toBe(true);
    },
  );

  it('keeps every byte, CRLF inside included', () => {
    const bytes = Buffer.from('data: 0\r\n\r\n\0\xff', 'latin1');
    expect(chunkFrame(bytes).toString('latin1')).toBe('d\r\ndata: 0\r\n\r\n\0\xff\r\n');
  });
});
