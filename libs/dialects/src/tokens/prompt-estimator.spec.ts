import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';

import { scanDocument } from '../json/scan-document.js';
import { PromptEstimator } from './prompt-estimator.js';
import { countStringTokens } from './token-estimator.js';

function promptOf(messages: unknown, random: () => number = Math.random): PromptEstimator {
  const bytes = Buffer.from(JSON.stringify({ messages }));
  const prompt = new PromptEstimator(bytes, () => false, random);
  expect('members' in scanDocument(bytes, prompt)).toBe(true);
  expect(prompt.brokenOffset).toBeNull();
  return prompt;
}

/** All of the text as it stands in a document. */
function wholeTokens(text: string): number {
  const json = Buffer.from(JSON.stringify(text));
  return countStringTokens(json, 1, json.length - 1) / 100;
}

const prose = 'Everything is counted: words, 12345, and more words, which "somebody" wrote on two\nlines. ';
const code = 'if (value !== null && isReady(value)) {\n  return items.map((item) => `${item.id}:${item.name}`);\n}\n';
const chinese = '自动补全一份增值税专用发票的申请，金额为一万二千三百四十五元。';
const base64 = 'aGVsbG8gd29ybGQgdGhpcyBpcyBhIHRlc3QgMTIzNDU2Nzg5MA';

function parsed(bytes: Buffer): unknown {
  return JSON.parse(bytes.toString());
}

describe('PromptEstimator', () => {
  it('counts a prompt of up to 4 KB byte by byte, whatever chance says', () => {
    const messages = [{ role: 'user', content: prose.repeat(40) }];
    expect(promptOf(messages, () => 0).tokens).toBe(promptOf(messages, () => 0.99).tokens);
    expect(promptOf(messages).tokens).toBeGreaterThan(wholeTokens(prose.repeat(40)));
  });

  it.each([
    ['one long text', [prose.repeat(5_000)]],
    [
      'many messages',
      Array.from({ length: 800 }, (_, index) => (index % 3 === 0 ? code : prose).repeat(1 + (index % 7))),
    ],
    ['messages of a word', Array.from({ length: 20_000 }, () => 'word')],
    ['half English, half Chinese', [prose.repeat(1_000), chinese.repeat(1_000)]],
    ['a tenth of it base64', [prose.repeat(2_000), base64.repeat(400), prose.repeat(100)]],
    ['just beyond what is counted whole', [prose.repeat(55), chinese.repeat(10)]],
  ])('samples %s near enough that a quarter more covers it', (_name, texts) => {
    const messages = texts.map((content) => ({ role: 'user', content }));
    // Each string by itself, all of it; beside it keys and structure, as the estimator weighs them.
    const inside = texts.reduce((sum, text) => sum + wholeTokens(text), 0);
    const around = promptOf(texts.map(() => ({ role: 'user', content: '' }))).tokens;
    for (let run = 0; run < 50; run++) {
      const { tokens } = promptOf(messages);
      expect(tokens * 1.25).toBeGreaterThan(inside + around);
      expect(tokens).toBeLessThan((inside + around) * 1.35);
    }
  });

  it('is right on average, wherever the dear part of a text stands', () => {
    for (const place of [0, 0.4, 0.97]) {
      const cheap = prose.repeat(2_000);
      const at = Math.floor(cheap.length * place);
      const text = cheap.slice(0, at) + base64.repeat(200) + cheap.slice(at);
      let sum = 0;
      for (let run = 0; run < 40; run++) sum += promptOf([{ role: 'user', content: text }]).tokens;
      const whole = wholeTokens(text);
      expect(sum / 40).toBeGreaterThan(whole * 0.97);
      expect(sum / 40).toBeLessThan(whole * 1.12);
    }
  });

  it('is not fooled by a text that is cheap at the beginning of each stride: where it looks is left to chance', () => {
    // Behind the 4,096 bytes that are counted whole: 18 of them are the keys and the role, with a quote each.
    const text = Array.from({ length: 200_000 }, (_, index) => {
      const place = index - (4_096 - 18);
      return place % (place < 16_384 ? 1_024 : 2_048) < 290 ? ' ' : (base64[index % base64.length] ?? '');
    }).join('');
    const messages = [{ role: 'user', content: text }];
    const whole = wholeTokens(text);
    expect(promptOf(messages, () => 0).tokens).toBeLessThan(whole * 0.3);
    for (let run = 0; run < 20; run++) expect(promptOf(messages).tokens * 1.25).toBeGreaterThan(whole);
  });

  it('is linear on what makes tokenizers explode', () => {
    const bytes = Buffer.from(JSON.stringify({ messages: [{ content: '\\"'.repeat(4_000_000) }] }));
    const started = process.cpuUsage();
    scanDocument(bytes, new PromptEstimator(bytes, () => false, Math.random));
    expect(process.cpuUsage(started).user).toBeLessThan(800_000);
  });

  it('finds the same end of every string, however it is escaped and wherever its buffer begins', () => {
    const piece = fc.constantFrom('\\', '"', 'a', '\n', 'é', 'x'.repeat(300), 'yy');
    fc.assert(
      fc.property(
        fc.array(fc.array(piece, { maxLength: 12 }), { maxLength: 12 }),
        fc.nat({ max: 7 }),
        (texts, skew) => {
          // More than what is read byte by byte, so that the rest goes another way.
          const value = { pad: 'p'.repeat(5_000), messages: texts.map((parts) => ({ content: parts.join('') })), n: 1 };
          const padded = Buffer.from(' '.repeat(skew) + JSON.stringify(value));
          const bytes = padded.subarray(skew);
          const scan = scanDocument(bytes, new PromptEstimator(bytes, () => false, Math.random));
          const found = 'members' in scan ? scan.members : [];
          expect(found.map(({ valueStart, end }) => parsed(bytes.subarray(valueStart, end)))).toEqual(
            Object.values(value),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it('hears that a prompt is to be kept for an hour, also behind much text', () => {
    const part = { type: 'text', text: prose.repeat(2_000), cache_control: { type: 'ephemeral', ttl: '1h' } };
    expect(promptOf([{ role: 'user', content: [part] }]).saysHour).toBe(true);
    expect(promptOf([{ role: 'user', content: 'ttl is "1h"' }]).saysHour).toBe(false);
  });
});
