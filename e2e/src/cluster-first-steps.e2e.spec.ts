import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkout, freeClusterPort, planCluster, runApilink, type CommandAnswer } from '@apilink/local-stack';
import { processLife } from '@apilink/postgres';
import { z } from 'zod';

import { auditDifferences, Customer, generationOf } from './customer.js';
import { eventually, quickstartSchema, type Quickstart } from './instance.js';
import { portRange } from './port-range.js';

const SIZE = { edges: 2, billing: 2 };
const READY = 'Ctrl-C stops all of it';
const START_MS_MAX = 180_000;

const recordSchema = z.object({ pid: z.number(), life: z.string() });

/** `npm run cluster` below npm: its terminal, its signals, its data folder. */
class ClusterCommand {
  output = '';
  private child: ChildProcess | null = null;

  constructor(
    readonly dataDir: string,
    private readonly port: number,
  ) {}

  get quickstart(): Quickstart {
    return quickstartSchema.parse(JSON.parse(readFileSync(join(this.dataDir, 'quickstart.json'), 'utf8')));
  }

  /** The processes that the folder names, with the life of each. */
  get processes(): { name: string; pid: number; life: string }[] {
    return readdirSync(this.dataDir)
      .map((name) => ({ name, file: join(this.dataDir, name, 'server.json') }))
      .filter(({ file }) => existsSync(file))
      .map(({ name, file }) => ({ name, ...recordSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) }));
  }

  async start(): Promise<void> {
    this.output = '';
    const flags = ['--edges', String(SIZE.edges), '--billing', String(SIZE.billing), '--port', String(this.port)];
    const child = spawn(
      process.execPath,
      [join(checkout, 'tools/cluster/run.mjs'), ...flags, '--data-dir', this.dataDir],
      {
        cwd: this.dataDir,
        // A short life of holds keeps the quiet interval after a restart short.
        env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NODE_ENV: 'test', HOLD_EXPIRY: '30s' },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    this.child = child;
    await this.says(READY, START_MS_MAX);
  }

  async says(text: string, timeoutMs = 10_000): Promise<void> {
    await eventually(
      `the terminal shows "${text}"`,
      async () => {
        if (this.output.includes(text)) return true;
        if (this.child?.exitCode !== null) throw new Error(`it ended:\n${this.output}`);
        return null;
      },
      timeoutMs,
    );
  }

  async end(signal: 'SIGINT' | 'SIGKILL'): Promise<number | null> {
    const { child } = this;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
    return child.exitCode;
  }

  async apilink(...words: string[]): Promise<CommandAnswer> {
    return runApilink(words, { APILINK_DATA_DIR: this.dataDir });
  }
}

function isGone({ pid, life }: { readonly pid: number; readonly life: string }): boolean {
  return processLife(pid) !== life;
}

describe('what an SRE sees of npm run cluster', () => {
  let cluster: ClusterCommand;

  beforeAll(async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'apilink-e2e-cluster-'));
    cluster = new ClusterCommand(dataDir, await freeClusterPort((port) => planCluster({ ...SIZE, port }), portRange));
    await cluster.start();
  }, START_MS_MAX);

  afterAll(async () => {
    await cluster.end('SIGINT');
    rmSync(cluster.dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }, 60_000);

  it('runs every service and store as a process of its own, with a log file each', () => {
    const names = cluster.processes.map(({ name }) => name);
    const services = [
      'edge-proxy',
      'edge-proxy-2',
      'router',
      'billing',
      'billing-2',
      'invoicing',
      'status',
      'demo-provider',
    ];
    expect(names.toSorted((left, right) => left.localeCompare(right))).toEqual(
      [...services, 'kafka', 'redis', 'postgres'].toSorted((left, right) => left.localeCompare(right)),
    );
    for (const service of services) expect(existsSync(join(cluster.dataDir, 'logs', `${service}.log`))).toBe(true);
  });

  it('writes the same quickstart.json, for its owner alone, with the URL and the probes of every process', async () => {
    expect(statSync(join(cluster.dataDir, 'quickstart.json')).mode & 0o777).toBe(0o600);
    const { baseUrl, services, statusUrl } = cluster.quickstart;
    expect(baseUrl).toBe(`${services['edge-proxy']}/v1`);
    const probes = Object.entries(services).filter(([name]) => name.endsWith('-admin'));
    expect(probes).toHaveLength(8);
    for (const [, url] of probes) expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    expect((await fetch(statusUrl ?? '')).status).toBe(200);
  });

  it('prints a curl line that streams, and the receipt of it is there', async () => {
    const [command] = /^curl [\s\S]+?'$(?=\n\n)/m.exec(cluster.output) ?? [''];
    expect(command).toContain(cluster.quickstart.apiKey);
    expect(execFileSync('sh', ['-c', command], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })).toContain(
      '[DONE]',
    );
    const receipt = await eventually('the newest receipt', async () => {
      const { exitCode, json } = await cluster.apilink('receipt');
      return exitCode === 0 ? json : null;
    });
    expect(receipt).toMatchObject({ outcome: 'completed' });
  });

  it('charges an answer of either edge to the nano-dollar', async () => {
    const customer = await Customer.create(cluster, '1');
    let spent = 0n;
    for (const name of ['edge-proxy', 'edge-proxy-2']) {
      const edge = customer.at(cluster.quickstart.services[name] ?? '');
      const response = await edge.chat({
        model: 'demo/echo',
        max_tokens: 20,
        messages: [{ role: 'user', content: 'Hi' }],
      });
      expect(response.status).toBe(200);
      await response.text();
      spent += BigInt((await edge.receipt(generationOf(response), 10_000)).charge_nano_usd);
    }
    expect(await customer.settled()).toMatchObject({ spent, available: 1_000_000_000n - spent });
    expect(await auditDifferences(cluster)).toEqual([]);
  }, 60_000);

  it('tells of a service that died by itself, and goes on with the others', async () => {
    const router = cluster.processes.find(({ name }) => name === 'router');
    process.kill(router?.pid ?? 0, 'SIGKILL');
    await cluster.says('router ended by itself');
    expect(cluster.output).toMatch(/logs\/router\.log/);
    const { baseUrl, apiKey } = cluster.quickstart;
    const models = await fetch(`${baseUrl}/models`, { headers: { authorization: `Bearer ${apiKey}` } });
    expect(models.status).toBe(200);
  });

  it('leaves nothing running after kill -9, and the next start goes on with the same key and books', async () => {
    const { apiKey, accountId } = cluster.quickstart;
    const before = cluster.processes;
    await cluster.end('SIGKILL');
    await eventually('all of it is gone', async () => (before.every(isGone) ? true : null));
    await cluster.start();
    expect(cluster.quickstart).toMatchObject({ apiKey, accountId });
    const answer = await fetch(`${cluster.quickstart.baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'demo/echo', max_tokens: 5, messages: [{ role: 'user', content: 'Hi' }] }),
    });
    expect(answer.status).toBe(200);
    await answer.text();
    expect(await auditDifferences(cluster)).toEqual([]);
  }, 240_000);

  it('stops all of it on Ctrl-C and ends with 0', async () => {
    const before = cluster.processes;
    expect(await cluster.end('SIGINT')).toBe(0);
    expect(before.filter((process) => !isGone(process))).toEqual([]);
  }, 60_000);
});
