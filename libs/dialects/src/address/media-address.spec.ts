import { describe, expect, it } from '@jest/globals';

import { mediaAddressProblem } from './media-address.js';

describe('mediaAddressProblem', () => {
  it.each([
    'https://example.com/cat.png',
    'http://upload.example.org:8080/a?b=c',
    'https://8.8.8.8/x',
    'https://[2606:4700:4700::1111]/x',
    'data:image/png;base64,iVBORw0KGgo=',
    'DATA:image/png;base64,iVBORw0KGgo=',
    'gs://bucket/picture.png',
    'file-abc123',
    'iVBORw0KGgo=',
    '',
  ])('lets %s through', (address) => {
    expect(mediaAddressProblem('url', address)).toBeNull();
  });

  it.each([
    'http://127.0.0.1/',
    'http://localhost:6379/',
    'https://LOCALHOST./x',
    'http://10.0.0.8/cat.png',
    'http://192.168.1.1/cat.png',
    'http://169.254.169.254/latest/meta-data/',
    'http://metadata.google.internal/computeMetadata/v1/',
    'http://redis/',
    'http://printer.local/x.png',
    'http://0x7f.1/',
    'http://2130706433/',
    'http://017700000001/',
    'http://[::1]/',
    'http://[::ffff:10.0.0.1]/',
    'http://user:password@127.0.0.1/',
    'HTTP://127.0.0.1/',
    'http:127.0.0.1',
    'http:\\\\127.0.0.1\\x',
    'https://１２７.0.0.1/',
    'file:///etc/passwd',
    'ftp://example.com/x',
    'gopher://127.0.0.1:6379/_FLUSHALL',
    'http://',
    `https://example.com/${'a'.repeat(9000)}`,
  ])('refuses %s, naming the parameter', (address) => {
    expect(mediaAddressProblem('messages[0].content[1].image_url.url', address)).toMatchObject({
      code: 'invalid_parameter',
      param: 'messages[0].content[1].image_url.url',
    });
  });
});
