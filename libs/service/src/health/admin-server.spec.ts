import { createServer } from 'node:http';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import type { ServiceApplication } from '../application.js';
import { createLogger } from '../logger/logger.js';
import { createAdminServer, type AdminServer } from './admin-server.js';

const lineSchema = z.object({ level: z.string(), message: z.string(), problem: z.string().optional() });

describe('the probes of a process', () => {
  let problem: string | null = null;
  let lines: string[] = [];
  let admin: AdminServer | null = null;

  const application: ServiceApplication = {
    name: 'billing',
    server: createServer(),
    start: () => Promise.resolve(),
    readiness: () => Promise.resolve(problem),
    metrics: () => Promise.resolve(''),
    drain: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const logged = () => lines.map((line) => lineSchema.parse(JSON.parse(line)));

  async function probe(name: string) {
    const answer = await fetch(`http://127.0.0.1:${admin?.address.port}/health/${name}`);
    return { status: answer.status, text: await answer.text() };
  }

  beforeEach(async () => {
    problem = null;
    lines = [];
    const logger = createLogger({
      name: 'billing',
      level: 'info',
      destination: { write: (line) => void lines.push(line) },
    });
    admin = await createAdminServer({ applications: [application], logger, host: '127.0.0.1', port: 0 });
  });

  afterEach(async () => {
    await admin?.close();
  });

  it('answer 503 with the sentence of what is missing, and a healthy process stays alive', async () => {
    admin?.markStarted();
    problem = 'The database at 127.0.0.1 does not answer.';
    const ready = await probe('ready');
    expect(ready.status).toBe(503);
    expect(ready.text).toContain(problem);
    expect((await probe('live')).status).toBe(200);
  });

  it('fail at the startup until the service has started', async () => {
    expect((await probe('startup')).status).toBe(503);
    admin?.markStarted();
    expect((await probe('startup')).status).toBe(200);
  });

  it('write to the log only when the answer changes, however often they are asked', async () => {
    problem = 'not yet';
    await probe('ready');
    expect(logged()).toEqual([]);
    admin?.markStarted();
    problem = 'the gate is away';
    for (let asked = 0; asked < 3; asked++) await probe('ready');
    problem = null;
    for (let asked = 0; asked < 3; asked++) await probe('ready');
    expect(logged()).toMatchObject([
      { level: 'warn', message: 'Not ready.', problem: 'the gate is away' },
      { level: 'info', message: 'Ready again.' },
    ]);
  });
});
