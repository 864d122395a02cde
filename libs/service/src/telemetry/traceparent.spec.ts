import { describe, expect, it } from '@jest/globals';

import { childTrace, formatTraceparent, parseTraceparent } from './traceparent.js';

const VALID = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('traceparent', () => {
  it('continues a trace under a span of our own', () => {
    const parent = parseTraceparent(VALID);
    const child = childTrace(parent);
    expect(child).toMatchObject({ traceId: '0af7651916cd43dd8448eb211c80319c', sampled: true });
    expect(child.spanId).not.toBe(parent?.spanId);
    expect(parseTraceparent(formatTraceparent(child))).toEqual(child);
  });

  it.each([
    undefined,
    '',
    'x'.repeat(500),
    VALID.toUpperCase(),
    VALID.replace('00-', 'ff-'),
    '00-00000000000000000000000000000000-b7ad6b7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
  ])('begins a new trace for %p', (header) => {
    expect(parseTraceparent(header)).toBeNull();
    expect(childTrace(null).traceId).toMatch(/^[0-9a-f]{32}$/);
  });
});
