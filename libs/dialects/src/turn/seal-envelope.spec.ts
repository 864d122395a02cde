import { describe, expect, it } from '@jest/globals';

import { isSealEnvelope, openedEnvelope, sealOf, sealText, sealTextFor } from './seal-envelope.js';

describe('the envelope of a seal', () => {
  it('gives a foreign seal back to its origin unchanged', () => {
    const seal = { origin: 'anthropic', value: 'EqQB:colon+/=é' } as const;
    expect(isSealEnvelope(sealText(seal))).toBe(true);
    expect(sealOf(sealText(seal), 'openai')).toEqual(seal);
    expect(sealText(seal)).toMatch(/^apl1\.[A-Za-z0-9_-]+$/);
  });

  it('leaves a seal of the dialect itself bare', () => {
    expect(sealTextFor({ origin: 'openai', value: 'gAAAA' }, 'openai')).toBe('gAAAA');
    expect(sealOf('gAAAA', 'openai')).toEqual({ origin: 'openai', value: 'gAAAA' });
    expect(sealTextFor({ origin: 'google', value: 'x' }, 'openai')).toBe(sealText({ origin: 'google', value: 'x' }));
  });

  it('carries the sealed text and the call it belongs to', () => {
    const seal = { origin: 'google', value: 'sig' } as const;
    expect(openedEnvelope(sealText(seal, { text: 'thinking é', callId: 'call_1' }))).toEqual({
      seal,
      text: 'thinking é',
      callId: 'call_1',
    });
    expect(openedEnvelope(sealText(seal))).toEqual({ seal, text: null, callId: null });
    expect(openedEnvelope('gAAAA')).toBeNull();
  });

  it('gives a broken envelope to nobody', () => {
    for (const text of ['apl1.', 'apl1.!!!', 'apl1.bm9ib2R5Ong']) expect(sealOf(text, 'openai').origin).toBe('other');
  });
});
