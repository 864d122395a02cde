import { describe, expect, it } from '@jest/globals';

import { createApiKey } from '../identity/api-key.js';
import { createLogger } from './logger.js';
import { NestLogger } from './nest-logger.js';

describe('createLogger', () => {
  const lines: string[] = [];
  const logger = createLogger({
    name: 'edge-proxy',
    level: 'debug',
    destination: { write: (line) => lines.push(line) },
  });

  it('never writes a credential, wherever it stands', () => {
    const { apiKey } = createApiKey();
    logger.info({ authorization: `Bearer ${apiKey}`, headers: { 'x-api-key': apiKey, cookie: 'sid=canary-1' } }, 'a');
    logger.info({ req: { headers: { authorization: 'Bearer canary-2-token' } } }, `refused ${apiKey}`);
    logger.error({ err: new Error('connect postgres://edge:canary-3@db/apilink sk-proj-canary4canary4') }, 'b');
    logger.warn({ config: { operatorToken: 'canary-5', password: 'canary-6' } }, 'Authorization: Bearer canary-7.x.y');
    const text = lines.join('');
    expect(text).not.toContain(apiKey.slice(9));
    expect(text).not.toMatch(/canary/);
    expect(text).toContain('postgres://edge:[redacted]@db/apilink');
  });

  it('writes one JSON object a line with level, time, service and message', () => {
    lines.length = 0;
    new NestLogger(logger).log('Mapped {/x, GET}', 'RouterExplorer');
    expect(JSON.parse(lines[0] ?? '{}')).toMatchObject({
      level: 'debug',
      service: 'edge-proxy',
      context: 'RouterExplorer',
      message: 'Mapped {/x, GET}',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });
});
