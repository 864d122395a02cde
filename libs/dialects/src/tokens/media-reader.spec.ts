import { describe, expect, it } from '@jest/globals';

import { readChatRequest } from '../chat/read-chat-request.js';
import type { MediaFacts } from './media-part.js';

function mediaOf(content: unknown, more: object = {}): MediaFacts {
  return requestOf(content, more).media;
}

function requestOf(content: unknown, more: object = {}) {
  const reading = readChatRequest(
    Buffer.from(JSON.stringify({ model: 'a', messages: [{ role: 'user', content }], ...more })),
  );
  if ('problem' in reading) throw new Error(reading.problem.detail);
  return reading.request;
}

const dataUrl = (mime: string, bytes: Buffer): string => `data:${mime};base64,${bytes.toString('base64')}`;
const picture = (url: string, detail?: string) => ({
  type: 'image_url',
  image_url: detail === undefined ? { url } : { url, detail },
});

const filler = Buffer.alloc(50_000, 7);

function png(width: number, height: number): Buffer {
  const head = Buffer.alloc(33);
  Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').copy(head);
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(height, 20);
  return Buffer.concat([head, filler]);
}

function gif(width: number, height: number): Buffer {
  const head = Buffer.from('GIF89a\0\0\0\0\0\0\0', 'latin1');
  head.writeUInt16LE(width, 6);
  head.writeUInt16LE(height, 8);
  return Buffer.concat([head, filler]);
}

function segment(marker: number, length: number): Buffer {
  const bytes = Buffer.alloc(length + 2, 0xff);
  bytes.writeUInt16BE(0xff00 + marker, 0);
  bytes.writeUInt16BE(length, 2);
  return bytes;
}

/** Behind two long segments of metadata, a table and a fill byte. */
function jpeg(width: number, height: number): Buffer {
  const frame = segment(0xc2, 17);
  frame.writeUInt16BE(height, 5);
  frame.writeUInt16BE(width, 7);
  const soi = Buffer.from([0xff, 0xd8]);
  const fill = Buffer.from([0xff]);
  return Buffer.concat([soi, segment(0xe1, 65_000), segment(0xe2, 40_001), segment(0xc4, 30), fill, frame, filler]);
}

function webp(kind: 'VP8 ' | 'VP8L' | 'VP8X', width: number, height: number): Buffer {
  const head = Buffer.alloc(30);
  head.write('RIFF', 0, 'latin1');
  head.write(`WEBP${kind}`, 8, 'latin1');
  if (kind === 'VP8 ') {
    head.writeUInt16LE(width, 26);
    head.writeUInt16LE(height, 28);
  } else if (kind === 'VP8L') head.writeUInt32LE((width - 1) | ((height - 1) << 14), 21);
  else {
    head.writeUIntLE(width - 1, 24, 3);
    head.writeUIntLE(height - 1, 27, 3);
  }
  return Buffer.concat([head, filler]);
}

describe('pictures of a request', () => {
  it.each([
    ['PNG', 'image/png', png(1920, 1080)],
    ['GIF', 'image/gif', gif(1920, 1080)],
    ['JPEG', 'image/jpeg', jpeg(1920, 1080)],
    ['WebP, lossy', 'image/webp', webp('VP8 ', 1920, 1080)],
    ['WebP, lossless', 'image/webp', webp('VP8L', 1920, 1080)],
    ['WebP, extended', 'image/webp', webp('VP8X', 1920, 1080)],
  ])('have the size that the header of their %s says, and cost no text', (_name, mime, bytes) => {
    const request = requestOf([picture(dataUrl(mime, bytes))]);
    expect(request.media.images).toEqual([{ size: { width: 1920, height: 1080 }, detail: null }]);
    expect(request.estimatedTextTokens).toBeLessThan(50);
    expect(request.needs).toEqual(['images']);
  });

  it.each([
    ['an address', 'https://example.com/a.png'],
    ['a header that lies broken', dataUrl('image/png', Buffer.from('89504e470d0a1a0a', 'hex'))],
    ['no picture at all', dataUrl('image/png', filler)],
    ['a picture without a pixel', dataUrl('image/png', png(0, 10))],
    ['a JPEG of tables alone', dataUrl('image/jpeg', Buffer.alloc(60_000, Buffer.from([0xff, 0xd8])))],
  ])('have none for %s', (_name, url) => {
    expect(mediaOf([picture(url)]).images).toEqual([{ size: null, detail: null }]);
  });

  it('are as detailed as was asked, in either order of the keys', () => {
    const url = dataUrl('image/png', png(100, 100));
    const [low, high, unknown] = mediaOf([
      picture(url, 'low'),
      { type: 'image_url', image_url: { detail: 'high', url } },
      picture(url, 'bright'),
    ]).images;
    expect([low?.detail, high?.detail, unknown?.detail]).toEqual(['low', 'high', null]);
    expect(mediaOf([picture('https://example.com/a.png', 'low')]).images).toEqual([{ size: null, detail: 'low' }]);
  });

  it('are not cheaper by a detail that their provider does not read', () => {
    const one = { ...picture('https://example.com/a.png'), detail: 'low' };
    expect(mediaOf([one, { detail: 'low' }]).images).toEqual([{ size: null, detail: null }]);
  });

  it('are counted one by one up to 256, and beyond that at their most', () => {
    const media = mediaOf(Array.from({ length: 300 }, () => picture('https://example.com/a.png', 'low')));
    expect([media.images.length, media.moreImages]).toEqual([256, 44]);
  });
});

describe('text that looks like a picture', () => {
  const url = dataUrl('image/png', png(10, 10));

  it.each([
    ['in a message', url, {}],
    ['inside of a sentence', `look: ${url}`, {}],
    ['in the description of a tool', 'hi', { tools: [{ function: { name: 'f', image_url: { url } } }] }],
    ['behind the address of a picture', [picture('https://a.example/b.png'), { type: 'text', data: url }], {}],
  ])('is text %s', (_name, content, more) => {
    expect(requestOf(content, more).estimatedTextTokens).toBeGreaterThan(20_000);
  });
});

function file(bytes: Buffer) {
  return { type: 'file', file: { filename: 'a.pdf', file_data: dataUrl('application/pdf', bytes) } };
}

const jpegOfTables = Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(8_000, Buffer.from([0xff, 0xc4, 0, 2]))]);

function pdf(text: string, bytes = 300_000): Buffer {
  return Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(bytes, 1), Buffer.from(text)]);
}

describe('files and sound of a request', () => {
  it.each([
    ['its page tree', pdf('<< /Type /Pages /Kids [3 0 R] /Count 12 >>\n%%EOF'), 12],
    ['the largest of the counts', pdf('/Count 3 /Count  40 /Count 8'), 40],
    ['the head of one for the web', Buffer.concat([Buffer.from('%PDF-1.4\n<< /Linearized 1 /L 5 /N 7 >>'), filler]), 7],
    ['its size, where that is more than it says', pdf('/Count 1', 9_000_000), 3],
  ])('has the pages that are told by %s', (_name, bytes, pages) => {
    expect(mediaOf([file(bytes)])).toMatchObject({ files: 1, pages, unpagedTokens: 0 });
  });

  it('ends with one that was made to be slow to read: what is not linear takes minutes for it', () => {
    const slowFile = Buffer.concat([Buffer.from('%PDF-'), Buffer.from('/Linearized /Count   '.repeat(100_000))]);
    expect(mediaOf([file(slowFile)]).files).toBe(1);
    const slowPictures = Array.from({ length: 300 }, () => picture(dataUrl('image/jpeg', jpegOfTables)));
    const { images, moreImages } = mediaOf(slowPictures);
    expect(images.length + moreImages).toBe(300);
  }, 20_000);

  it('counts one whose pages are compressed by its size, and one that only the provider has at its most', () => {
    const hidden = mediaOf([file(pdf('stream'))]);
    expect(hidden).toMatchObject({ files: 1, pages: 0 });
    expect(hidden.unpagedTokens).toBeGreaterThan(40_000);
    expect(mediaOf([{ type: 'file', file: { file_id: 'file-1' } }])).toMatchObject({ files: 1, unpagedTokens: 65_536 });
  });

  it('counts sound by its length', () => {
    const data = filler.toString('base64');
    const media = mediaOf([{ type: 'input_audio', input_audio: { data, format: 'wav' } }]);
    expect(media).toMatchObject({ audios: 1, audioCharacters: data.length });
  });
});
