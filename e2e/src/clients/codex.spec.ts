import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { ClientMachine, clientsFolder } from './client-machine.js';

const eventSchema = z.looseObject({
  type: z.string(),
  message: z.string().optional(),
  thread_id: z.string().optional(),
  error: z.looseObject({ message: z.string() }).optional(),
  item: z.looseObject({ type: z.string(), text: z.string().optional(), message: z.string().optional() }).optional(),
});
type Event = z.output<typeof eventSchema>;

interface Turn {
  readonly exitCode: number | null;
  readonly events: readonly Event[];
  /** What Codex said last. */
  readonly text: string;
  /** Everything that Codex told its user of failures. */
  readonly told: string;
}

/** Keeps Codex from talking to anybody but its provider; docs/clients.md names them. */
const QUIET = [
  'check_for_update_on_startup=false',
  'analytics.enabled=false',
  'feedback.enabled=false',
  'features.plugins=false',
  'features.apps=false',
].flatMap((setting) => ['-c', setting]);

describe('Codex CLI', () => {
  let machine: ClientMachine;

  beforeAll(async () => {
    machine = await ClientMachine.open();
    const home = join(machine.home, '.codex');
    mkdirSync(home);
    const config = readFileSync(join(clientsFolder, 'codex.config.toml'), 'utf8');
    writeFileSync(join(home, 'config.toml'), config.replaceAll('http://127.0.0.1:8787', machine.world.origin));
  });

  afterAll(async () => {
    await machine.close();
    expect(machine.asked).toEqual([]);
  });

  async function codex(args: readonly string[], apiKey = machine.world.apiKey): Promise<Turn> {
    const script = join(clientsFolder, 'node_modules', '@openai', 'codex', 'bin', 'codex.js');
    const flags = ['--json', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', ...QUIET];
    const run = await machine.run(process.execPath, [script, 'exec', ...flags, ...args], {
      environment: { APILINK_API_KEY: apiKey, CODEX_HOME: join(machine.home, '.codex') },
    });
    const lines = run.stdout.split('\n').filter((line) => line.startsWith('{'));
    const events = lines.map((line) => eventSchema.parse(JSON.parse(line)));
    const messages = events.flatMap(({ item }) => (item?.type === 'agent_message' ? [item.text ?? ''] : []));
    const told = events.flatMap(({ type, message, error, item }) =>
      type === 'error' || type === 'turn.failed' || item?.type === 'error'
        ? [message ?? error?.message ?? item?.message ?? '']
        : [],
    );
    return { exitCode: run.exitCode, events, text: messages.at(-1) ?? '', told: told.join('\n') };
  }

  it('answers a plain turn, knowing the model by our catalog', async () => {
    const turn = await codex(['Hello there']);
    expect([turn.exitCode, turn.told]).toEqual([0, '']);
    expect(turn.text).toMatch(/^You said: Hello there\b/);
    expect(turn.events.at(-1)?.type).toBe('turn.completed');
  });

  it.each(['demo/echo', 'demo/messages-only', 'demo/chat-only', 'demo/gemini-only'])(
    'writes a file with its shell on %s',
    async (model) => {
      const file = `shell-${model.replace('demo/', '')}.txt`;
      const turn = await codex(['-m', model, `Create a file ${file} with Hello from Codex`]);
      expect([turn.exitCode, turn.told]).toEqual([0, '']);
      expect(machine.read(file)).toBe('Hello from Codex\n');
      expect(turn.text).toMatch(/^exec_command answered: .*exited with code 0/s);
    },
  );

  it.each(['demo/echo', 'demo/messages-only', 'demo/chat-only', 'demo/gemini-only'])(
    'applies a patch, a tool without a schema, on %s',
    async (model) => {
      const file = `patch-${model.replace('demo/', '')}.txt`;
      const turn = await codex(['-m', model, `Patch in a file ${file} with Hello by patch`]);
      expect([turn.exitCode, turn.told]).toEqual([0, '']);
      expect(machine.read(file)).toBe('Hello by patch\n');
      expect(turn.text).toMatch(/^apply_patch answered: /);
    },
  );

  it('goes on with a session', async () => {
    const first = await codex(['Create a file before.txt with One']);
    const thread = first.events.find(({ thread_id: id }) => id !== undefined)?.thread_id ?? '';
    const second = await codex(['resume', thread, 'What now?']);
    expect([second.exitCode, second.told]).toEqual([0, '']);
    expect(second.text).toMatch(/^You said: What now\?/);
  });

  it('asks again when a stream breaks, and shows the whole answer alone', async () => {
    const turn = await codex(['-m', 'clients/cut-once-codex', 'Hello there']);
    expect(turn.exitCode).toBe(0);
    expect(turn.told).toMatch(/Reconnecting.* 1\/5/);
    expect(turn.text.split(' ').length).toBeGreaterThan(30);
  });

  it('tells its user when streams go on breaking: never a short answer that looks complete', async () => {
    const turn = await codex(['-c', 'model_providers.apilink.stream_max_retries=1', '-m', 'demo/cut', 'Hello there']);
    expect(turn.exitCode).not.toBe(0);
    expect(turn.events.at(-1)?.type).toBe('turn.failed');
    expect(turn.events.map(({ type }) => type)).not.toContain('turn.completed');
  });

  it('tells its user at once that the balance is exhausted', async () => {
    const turn = await codex(['Hello there'], machine.world.emptyKey);
    expect(turn.exitCode).not.toBe(0);
    expect(turn.told).toMatch(/quota|balance|credit/i);
    expect(turn.told).not.toMatch(/Reconnecting/);
  });
});
