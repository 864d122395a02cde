import { describe, expect, it } from '@jest/globals';

import type { ImagePart, MediaFacts } from './media-part.js';
import { mediaTokens } from './media-tokens.js';

const none: MediaFacts = {
  images: [],
  moreImages: 0,
  audioCharacters: 0,
  audios: 0,
  pages: 0,
  unpagedTokens: 0,
  files: 0,
};

function imageTokens(model: string, width: number, height: number, detail: ImagePart['detail'] = null): number {
  return mediaTokens({ ...none, images: [{ size: { width, height }, detail }] }, model);
}

function addressTokens(model: string, detail: ImagePart['detail'] = null): number {
  return mediaTokens({ ...none, images: [{ size: null, detail }] }, model);
}

describe('pictures, by the numbers that their providers document', () => {
  it.each([
    // OpenAI, "Images and vision": tiles.
    ['openai/gpt-4o', 1024, 1024, 'high', 765],
    ['openai/gpt-4o', 2048, 4096, 'high', 1105],
    ['openai/gpt-4o', 4096, 8192, 'low', 85],
    ['openai/gpt-4.1', 512, 512, null, 255],
    ['openai/gpt-5', 1024, 1024, null, 630],
    ['openai/o3', 1024, 1024, null, 675],
    ['openai/gpt-4o-mini', 1024, 1024, null, 25_501],
    // Patches of 32 pixels, times the price of the model.
    ['openai/gpt-4.1-mini', 1024, 1024, null, Math.ceil(1024 * 1.62)],
    ['openai/gpt-5-mini', 1800, 2400, null, Math.ceil(1452 * 1.62)],
    ['openai/gpt-5-nano', 1800, 2400, null, Math.ceil(1452 * 2.46)],
    ['openai/o4-mini', 1024, 1024, null, Math.ceil(1024 * 1.72)],
  ] as const)('%s %d×%d %s: %d', (model, width, height, detail, tokens) => {
    expect(imageTokens(model, width, height, detail)).toBe(tokens);
  });

  it.each([
    // Anthropic, "Vision": width × height / 750.
    ['anthropic/claude-sonnet-4.5', 200, 200, 54],
    ['anthropic/claude-sonnet-4.5', 1000, 1000, 1334],
    ['anthropic/claude-3-5-haiku', 1092, 1092, 1590],
    ['anthropic/claude-sonnet-4', 3000, 4000, 1600],
    ['anthropic/claude-opus-4.7', 1920, 1080, 2765],
    ['anthropic/claude-opus-4-7', 8000, 8000, 4784],
    // Google, "Understand and count tokens".
    ['google/gemini-2.5-flash', 384, 384, 258],
    ['google/gemini-2.5-flash', 960, 540, 6 * 258],
    ['google/gemini-2.5-pro', 3072, 3072, 16 * 258],
    ['google/gemini-3.1-pro', 960, 540, 1120],
  ] as const)('%s %d×%d: %d', (model, width, height, tokens) => {
    expect(imageTokens(model, width, height)).toBe(tokens);
  });

  it.each([
    ['openai/gpt-4o', 1445],
    ['openai/gpt-5-mini', Math.ceil(1536 * 1.62)],
    ['openai/gpt-6.1', 3000],
    ['anthropic/claude-sonnet-4.5', 1600],
    ['anthropic/claude-opus-5', 4784],
    ['google/gemini-2.5-flash', 4128],
    ['qwen/qwen3-vl', 4784],
  ])('at its most for an address, which only %s can follow: %d', (model, tokens) => {
    expect(addressTokens(model)).toBe(tokens);
  });

  it('never above its most, for any size and any model', () => {
    for (const model of ['openai/gpt-4o', 'openai/gpt-5-mini', 'openai/gpt-9', 'anthropic/claude-1', 'acme/eye']) {
      for (const [width, height] of [
        [1, 1],
        [1, 65_535],
        [65_535, 65_535],
        [31, 33],
        [2049, 767],
      ] as const) {
        const tokens = imageTokens(model, width, height);
        expect(tokens).toBeGreaterThan(0);
        expect(tokens).toBeLessThanOrEqual(addressTokens(model));
      }
    }
  });

  it('in its original size only where that was asked for', () => {
    expect(imageTokens('openai/gpt-6.1', 6000, 6000, 'original')).toBeGreaterThan(
      3 * imageTokens('openai/gpt-6.1', 6000, 6000),
    );
  });
});

describe('files and sound', () => {
  it('counts pages as text and pictures, and files without pages by their size', () => {
    expect(mediaTokens({ ...none, files: 1, pages: 10 }, 'anthropic/claude-opus-4.7')).toBe(46_000);
    expect(mediaTokens({ ...none, files: 1, unpagedTokens: 123 }, 'openai/gpt-5')).toBe(123);
  });

  it('counts sound by its time', () => {
    // Ten seconds: 100 tokens at OpenAI, 320 at Google.
    const sound = { ...none, audios: 1, audioCharacters: 27_000 };
    expect(mediaTokens(sound, 'openai/gpt-audio')).toBe(100);
    expect(mediaTokens(sound, 'google/gemini-2.5-flash')).toBe(320);
  });

  it('is nothing for a request of text', () => {
    expect(mediaTokens(none, 'openai/gpt-5')).toBe(0);
  });
});
