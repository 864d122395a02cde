import { createServer } from 'node:http';

import { describe, expect, it } from '@jest/globals';

import type { ServiceApplication } from '../application.js';
import { ConfigurationError } from '../config/configuration-error.js';
import { listen } from './listen.js';
import { runMain, type MainProcess } from './run-main.js';

class FakeProcess implements MainProcess {
  written = '';
  readonly handlers = new Map<string, () => void>();
  readonly ended: Promise<number>;
  #end: (code: number) => void = () => undefined;
  readonly stderr = {
    write: (text: string): void => {
      this.written += text;
    },
  };

  constructor(readonly env: Record<string, string>) {
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  on(signal: string, handle: () => void): void {
    this.handlers.set(signal, handle);
  }

  exit(code: number): void {
    this.#end(code);
  }

  signal(name: 'SIGTERM' | 'SIGINT'): void {
    this.handlers.get(name)?.();
  }
}

function fakeApplication(calls: string[], drain: () => Promise<unknown> = () => Promise.resolve()): ServiceApplication {
  const server = createServer((_request, response) => response.end('hello'));
  let problem: string | null = 'not yet';
  return {
    name: 'billing',
    server,
    start: async () => {
      calls.push('start');
      problem = null;
    },
    readiness: () => Promise.resolve(problem),
    metrics: () => Promise.resolve('# TYPE apilink_x counter\napilink_x{service="billing"} 1\n'),
    drain: async (deadlineMs) => {
      calls.push(`drain ${deadlineMs}`);
      await drain();
    },
    close: async () => {
      calls.push('close');
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const quiet = { LOG_LEVEL: 'silent', PORT: '0' };

async function freePort(): Promise<number> {
  const server = createServer();
  const { port } = await listen(server, { host: '127.0.0.1', port: 0 }, 'PORT');
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('runMain', () => {
  it('serves with probes and metrics beside it, drains on SIGTERM and exits 0', async () => {
    const calls: string[] = [];
    const [port, adminPort] = [await freePort(), await freePort()];
    const main = new FakeProcess({ ...quiet, PORT: `${port}`, ADMIN_PORT: `${adminPort}`, DRAIN_DEADLINE: '5s' });
    await runMain('billing', () => Promise.resolve(fakeApplication(calls)), main);
    const probe = async (path: string): Promise<number> => (await fetch(`http://127.0.0.1:${adminPort}${path}`)).status;
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('hello');
    expect(await Promise.all(['/health/startup', '/health/live', '/health/ready'].map(probe))).toEqual([200, 200, 200]);
    const metrics = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
    expect(metrics).toContain('apilink_x{service="billing"} 1');
    expect(metrics).toContain('process_cpu_seconds_total');
    main.signal('SIGTERM');
    expect(await main.ended).toBe(0);
    expect(calls).toEqual(['start', 'drain 5000', 'close']);
  });

  it('exits 1 at once on a second signal', async () => {
    const main = new FakeProcess({ ...quiet, ADMIN_PORT: '0' });
    const releases: (() => void)[] = [];
    const stuck = new Promise<void>((resolve) => {
      releases.push(resolve);
    });
    const application = fakeApplication([], () => stuck);
    await runMain('billing', () => Promise.resolve(application), main);
    main.signal('SIGINT');
    main.signal('SIGINT');
    expect(await main.ended).toBe(1);
    for (const release of releases) release();
  });

  it('exits 1 when the drain could not hand something over', async () => {
    const main = new FakeProcess({ ...quiet, ADMIN_PORT: '0' });
    const application = fakeApplication([], () => Promise.reject(new Error('spool')));
    await runMain('billing', () => Promise.resolve(application), main);
    main.signal('SIGTERM');
    expect(await main.ended).toBe(1);
  });

  it('tells a wrong variable in one sentence and exits 2', async () => {
    const main = new FakeProcess({ PORT: 'http' });
    await runMain('billing', () => Promise.reject(new ConfigurationError('never asked')), main);
    expect([await main.ended, main.written]).toEqual([
      2,
      'PORT has a wrong value: expected a whole number from 0 to 65535.\n',
    ]);
  });

  it('refuses a PORT whose neighbour would be no port', async () => {
    const main = new FakeProcess({ ...quiet, PORT: '65500' });
    await runMain('billing', () => Promise.resolve(fakeApplication([])), main);
    expect([await main.ended, main.written]).toEqual([2, expect.stringMatching(/^PORT has a wrong value/)]);
  });

  it('names PORT when it is in use', async () => {
    const other = createServer();
    const { port } = await listen(other, { host: '127.0.0.1', port: 0 }, 'PORT');
    const main = new FakeProcess({ ...quiet, PORT: String(port) });
    await runMain('billing', () => Promise.resolve(fakeApplication([])), main);
    expect(await main.ended).toBe(2);
    expect(main.written).toMatch(new RegExp(`^PORT ${port} is in use on 127.0.0.1: [^\\n]*\\n$`));
    other.close();
  });
});
