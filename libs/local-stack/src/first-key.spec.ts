import { createServer, type Server } from 'node:http';

import { afterEach, describe, expect, it } from '@jest/globals';

import type { CommandAnswer } from './command-line.js';
import { ensureFirstKey } from './first-key.js';

const known = { accountId: 'acc_1', apiKey: 'sk-1' };

/** An edge that answers `GET /v1/key` with these statuses, one after the other. */
async function edge(...statuses: number[]): Promise<{ baseUrl: string; server: Server }> {
  const server = createServer((_request, response) => response.writeHead(statuses.shift() ?? 200).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { server, baseUrl: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}` };
}

const answer = (json: object | null): CommandAnswer => ({
  exitCode: json === null ? 1 : 0,
  json,
  stdout: '',
  stderr: '',
});

/** A command line that knows these accounts. */
function commandLine(accounts: readonly { accountId: string; name: string }[]) {
  const asked: string[] = [];
  const apilink = async (...words: string[]): Promise<CommandAnswer> => {
    asked.push(words.slice(0, 3).join(' '));
    if (words[1] === 'list') return answer({ accounts });
    if (words[1] === 'show') return answer(accounts.find(({ accountId }) => accountId === words[2]) ?? null);
    return answer(words[0] === 'account' ? { accountId: 'acc_new' } : { keyId: 'key_2', apiKey: 'sk-2' });
  };
  return { asked, apilink };
}

describe('the first key of a cluster', () => {
  let server: Server | null = null;

  afterEach(() => {
    server?.close();
  });

  async function ensure(
    before: typeof known | null,
    accounts: { accountId: string; name: string }[],
    ...statuses: number[]
  ) {
    const started = await edge(...statuses);
    server = started.server;
    const { asked, apilink } = commandLine(accounts);
    return { key: await ensureFirstKey(before, { baseUrl: started.baseUrl, apilink }), asked };
  }

  it('is kept as long as an edge serves it, also one that cannot tell at once', async () => {
    expect(await ensure(known, [], 503, 200)).toEqual({ key: known, asked: [] });
  });

  it('is replaced in the same account when it was revoked: the credit is granted once', async () => {
    const { key, asked } = await ensure(known, [{ accountId: 'acc_1', name: 'renamed' }], 401);
    expect(key).toEqual({ accountId: 'acc_1', apiKey: 'sk-2' });
    expect(asked).not.toContain('account create --name');
  });

  it('goes to the account of a first start that was killed before it could note it', async () => {
    const { key } = await ensure(null, [{ accountId: 'acc_7', name: 'Quick start' }]);
    expect(key.accountId).toBe('acc_7');
  });

  it('comes with a new account otherwise', async () => {
    expect((await ensure(null, [{ accountId: 'acc_7', name: 'Acme' }])).key.accountId).toBe('acc_new');
  });
});
