import { describe, expect, it } from '@jest/globals';
import type { ReceiptKeySet } from '@apilink/contracts';

import { ReceiptKeysService } from './receipt-keys.service.js';

function keySet(kid: string): ReceiptKeySet {
  return { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'x', kid, alg: 'EdDSA', use: 'sig' }] };
}

/** Billing with one answer after the other; an error where it is away. */
function world(answers: readonly (ReceiptKeySet | Error)[]) {
  let asked = 0;
  let at = 0;
  const receiptKeys = (): Promise<ReceiptKeySet> => {
    const answer = answers[asked++];
    return answer === undefined || answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const keys = new ReceiptKeysService({ receiptKeys }, () => at);
  return { keys, asked: () => asked, wait: (ms: number) => (at += ms) };
}

describe('the keys of receipts on the edge', () => {
  it('are asked of billing once in five minutes', async () => {
    const { keys, asked, wait } = world([keySet('a'), keySet('b')]);
    await keys.published();
    wait(299_999);
    expect((await keys.published()).keys[0]?.kid).toBe('a');
    expect(asked()).toBe(1);
    wait(1);
    expect((await keys.published()).keys[0]?.kid).toBe('b');
  });

  it('stay there while billing is away', async () => {
    const { keys, wait } = world([keySet('a'), new Error('away')]);
    await keys.published();
    wait(300_000);
    expect((await keys.published()).keys[0]?.kid).toBe('a');
  });

  it('are unavailable, not unknown, when billing has been away since the start', async () => {
    await expect(world([new Error('away')]).keys.published()).rejects.toMatchObject({ code: 'billing_unavailable' });
  });
});
