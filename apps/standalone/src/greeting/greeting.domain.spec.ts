import { describe, expect, it } from '@jest/globals';

import { greeting } from './greeting.domain.js';

const facts = {
  baseUrl: 'http://127.0.0.1:8787/v1',
  apiKey: 'sk-al-v1-secret',
  firstStepsUrl: 'http://127.0.0.1:8787/',
  logFile: '.apilink/apilink.log',
  dataDir: null,
  elapsedMs: 1_234,
};
const lines = (dataDir: string | null): string[] => greeting({ ...facts, dataDir }).split('\n');

describe('the greeting', () => {
  it('tells base URL, key, page and a curl that fits into a terminal of 90 columns', () => {
    const text = greeting({ ...facts, apiKey: `sk-al-v1-${'x'.repeat(46)}` });
    for (const told of [facts.baseUrl, 'sk-al-v1-', facts.firstStepsUrl, 'ready (1.2 s)']) expect(text).toContain(told);
    const curl = text.split('\n').filter((line) => /^(?:curl|  -)/.test(line));
    expect(curl).toHaveLength(4);
    expect(Math.max(...curl.map(({ length }) => length))).toBeLessThanOrEqual(90);
  });

  it('names the data folder where the command line would not find it by itself', () => {
    expect(lines(null)).toContain('  npx apilink receipt');
    expect(lines('/srv/apilink')).toContain('  APILINK_DATA_DIR=/srv/apilink npx apilink receipt');
    expect(lines("/srv/Bob's data")).toContain(String.raw`  APILINK_DATA_DIR='/srv/Bob'\''s data' npx apilink receipt`);
  });
});
