import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import { PromptEstimator, IMAGE_TOKENS } from './prompt-estimator.js';
import { scanDocument } from '../json/scan-document.js';
import { countStringTokens, estimateTokens } from './token-estimator.js';

function promptTokens(value: unknown): number {
  const bytes = Buffer.from(JSON.stringify({ messages: value }));
  const prompt = new PromptEstimator(
    bytes,
    () => false,
    () => 0.5,
  );
  scanDocument(bytes, prompt);
  expect(prompt.brokenOffset).toBeNull();
  return prompt.tokens;
}

describe('estimateTokens', () => {
  // Second figure: tokens of o200k_base, counted once.
  it.each([
    ['The quick brown fox jumps over the lazy dog.', 10],
    ['1234567890', 4],
    ['自动补全一份增值税专用发票的申请', 10],
    ['const value = items.map((item) => item.id);', 12],
  ])('is between the tokenizer and 1.6 times it for %s', (text, tokens) => {
    expect(estimateTokens(text) * 1.25).toBeGreaterThanOrEqual(tokens);
    expect(estimateTokens(text)).toBeLessThanOrEqual(tokens * 1.6 + 1);
  });

  it('is linear on what makes tokenizers explode', () => {
    const started = process.cpuUsage();
    expect(estimateTokens('a'.repeat(4_000_000))).toBeGreaterThan(400_000);
    const { user } = process.cpuUsage(started);
    expect(user).toBeLessThan(400_000);
  });

  it('counts a text the same in a JSON string as plain, but for the weight of its escapes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const json = Buffer.from(JSON.stringify(text));
        const inJson = countStringTokens(json, 1, json.length - 1) / 100;
        expect(Math.abs(inJson - estimateTokens(text))).toBeLessThanOrEqual(1 + text.length * 0.5);
      }),
    );
  });
});

describe('PromptEstimator', () => {
  it('samples a long text close to its whole count', () => {
    const text = 'Everything is counted: words, 12345, {"json": true} and more words. '.repeat(20_000);
    const whole = estimateTokens(text);
    expect(promptTokens([{ role: 'user', content: text }])).toBeGreaterThan(whole * 0.93);
    expect(promptTokens([{ role: 'user', content: text }])).toBeLessThan(whole * 1.12);
  });

  it('counts an image by the picture and not by the length of its data', () => {
    const data = `data:image/png;base64,${'iVBORw0KGgo'.repeat(100_000)}`;
    const url = 'https://example.com/a.png';
    for (const source of [data, url]) {
      const tokens = promptTokens([{ role: 'user', content: [{ type: 'image_url', image_url: { url: source } }] }]);
      expect(tokens).toBeGreaterThan(IMAGE_TOKENS);
      expect(tokens).toBeLessThan(IMAGE_TOKENS + 100);
    }
    const two = { type: 'image_url', image_url: { url: data } };
    expect(promptTokens([{ role: 'user', content: [two, two] }])).toBeGreaterThan(2 * IMAGE_TOKENS);
  });

  it('counts audio by its time and a file by its pages, not as text', () => {
    const base64 = 'QUJDREVGR0hJSktM'.repeat(50_000);
    const audio = promptTokens([{ content: [{ type: 'input_audio', input_audio: { data: base64, format: 'wav' } }] }]);
    expect(audio).toBeGreaterThan(base64.length / 256);
    expect(audio).toBeLessThan(base64.length / 200);
    const file = promptTokens([
      { content: [{ type: 'file', file: { file_data: `data:application/pdf;base64,${base64}` } }] },
    ]);
    expect(file).toBeLessThan(66_000);
  });

  it('counts a data URL inside a text as the text that it is sent as', () => {
    const text = `look: data:image/png;base64,${'QUJD'.repeat(5000)}`;
    expect(promptTokens([{ role: 'user', content: text }])).toBeGreaterThan(3000);
  });
});
