import { describe, expect, it } from '@jest/globals';

import { Warnings } from './warning.domain.js';

const line = (level: string, message: string, more: object = {}): string =>
  `${JSON.stringify({ level, time: '2026-11-22T17:30:00.000Z', service: 'router', ...more, message })}\n`;

describe('what the terminal is told of the log', () => {
  it('is notices, warnings and worse, with their cause', () => {
    const warnings = new Warnings();
    expect(warnings.sentenceOf(line('info', 'Ready.'))).toBeNull();
    expect(warnings.sentenceOf(line('info', 'apilink.yaml is in force: 3 models.', { notice: true }))).toBe(
      'router: apilink.yaml is in force: 3 models.',
    );
    expect(warnings.sentenceOf(line('warn', 'apilink.yaml line 2: no.'))).toBe('router: apilink.yaml line 2: no.');
    const caused = line('error', 'A connection broke.', { err: { type: 'Error', message: 'ECONNRESET', stack: 'at' } });
    expect(warnings.sentenceOf(caused)).toBe('router: A connection broke. (ECONNRESET)');
  });

  it('is the same sentence only once in a while', () => {
    let clock = 0;
    const warnings = new Warnings(() => clock);
    const away = line('warn', 'the event log is away');
    expect(warnings.sentenceOf(away)).not.toBeNull();
    clock = 9_999;
    expect(warnings.sentenceOf(away)).toBeNull();
    clock = 10_000;
    expect(warnings.sentenceOf(away)).not.toBeNull();
  });
});
