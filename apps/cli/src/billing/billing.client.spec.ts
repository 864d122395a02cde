import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { BillingClient } from './billing.client.js';

const instance = {
  billingUrl: 'http://127.0.0.1:8787',
  invoicingUrl: 'http://127.0.0.1:8787',
  operatorToken: 'the-operator-token',
  accountId: null,
};
const lineSchema = z.object({ line: z.number() });

/** An answer that breaks off after its first line. */
const broken: typeof fetch = async (input) => {
  if (z.instanceof(URL).parse(input).pathname.endsWith('/operator-sessions')) {
    return Response.json({ accessToken: 'the-access-token', expiresAt: '2026-11-22T12:10:00.000Z' });
  }
  const parts = [new TextEncoder().encode('{"line":1}\n')];
  return new Response(
    new ReadableStream({
      pull: (controller) => {
        const part = parts.shift();
        if (part === undefined) controller.error(new TypeError('terminated'));
        else controller.enqueue(part);
      },
    }),
  );
};

describe('an instance that stops in the middle of its answer', () => {
  it('is one sentence with the exit code of "not reachable"', async () => {
    const asked = new BillingClient(instance, broken).ask({ method: 'GET', path: '/accounts' }, lineSchema);
    await expect(asked).rejects.toMatchObject({
      exitCode: 3,
      message: 'The answer of http://127.0.0.1:8787 broke off.',
    });
  });

  it('keeps the lines that came before', async () => {
    const lines = new BillingClient(instance, broken).follow({ method: 'POST', path: '/audits' }, lineSchema);
    expect((await lines.next()).value).toEqual({ line: 1 });
    await expect(lines.next()).rejects.toMatchObject({ exitCode: 3 });
  });
});
