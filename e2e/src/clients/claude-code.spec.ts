import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';

import { ClientMachine, clientsFolder } from './client-machine.js';

const resultSchema = z.looseObject({
  type: z.literal('result'),
  result: z.string(),
  is_error: z.boolean(),
  num_turns: z.number(),
});

interface Turn {
  readonly exitCode: number | null;
  readonly text: string;
  readonly isError: boolean;
  readonly turns: number;
}

/** Keeps Claude Code from repeating a failed request for minutes. */
const ONE_RETRY = { CLAUDE_CODE_MAX_RETRIES: '1' };

describe('Claude Code', () => {
  let machine: ClientMachine;

  beforeAll(async () => {
    machine = await ClientMachine.open();
  });

  afterAll(async () => {
    await machine.close();
    expect(machine.asked).toEqual([]);
  });

  /** The variables of claude.env, as a user's shell would set them. */
  function settings(): Record<string, string> {
    const lines = readFileSync(join(clientsFolder, 'claude.env'), 'utf8').split('\n').filter(Boolean);
    const pairs = lines.map((line): [string, string] => {
      const [name = '', ...rest] = line.split('=');
      return [name, rest.join('=')];
    });
    return Object.fromEntries(
      pairs.map(([name, value]) => [
        name,
        value.replace('http://127.0.0.1:8787', machine.world.origin).replace('$APILINK_API_KEY', machine.world.apiKey),
      ]),
    );
  }

  async function claude(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Turn> {
    const script = join(clientsFolder, 'node_modules', '@anthropic-ai', 'claude-code', 'cli-wrapper.cjs');
    const run = await machine.run(process.execPath, [script, '--output-format', 'json', '-p', ...args], {
      environment: { ...settings(), ...environment },
    });
    const line =
      run.stdout
        .trim()
        .split('\n')
        .findLast((one) => one.startsWith('{')) ?? `no result: ${run.stderr}`;
    const told = resultSchema.parse(JSON.parse(line));
    return { exitCode: run.exitCode, text: told.result, isError: told.is_error, turns: told.num_turns };
  }

  it('answers a plain turn', async () => {
    const turn = await claude(['Hello there']);
    expect([turn.exitCode, turn.isError]).toEqual([0, false]);
    expect(turn.text).toMatch(/^You said: Hello there\b/);
  });

  it.each(['demo/echo', 'demo/chat-only', 'demo/responses-only', 'demo/gemini-only'])(
    'writes a file with Bash on %s',
    async (model) => {
      const file = `bash-${model.replace('demo/', '')}.txt`;
      const turn = await claude([
        `Create a file ${file} with Hello from Claude`,
        '--allowedTools',
        'Bash',
        '--model',
        model,
      ]);
      expect([turn.exitCode, turn.isError]).toEqual([0, false]);
      expect(machine.read(file)).toBe('Hello from Claude\n');
      expect(turn.text).toMatch(/^Bash answered: /);
    },
  );

  it.each(['demo/echo', 'demo/thinker', 'demo/chat-only', 'demo/responses-only'])(
    'edits a file on %s',
    async (model) => {
      const file = `edit-${model.replace('demo/', '')}.txt`;
      writeFileSync(join(machine.work, file), 'old line\n');
      const words = `Edit the file ${file}: replace "old line" with "new line"`;
      const turn = await claude([words, '--allowedTools', 'Edit Read', '--model', model]);
      expect([turn.exitCode, turn.isError]).toEqual([0, false]);
      expect(machine.read(file)).toBe('new line\n');
      expect(turn.text).toMatch(/^Edit answered: /);
    },
  );

  it('asks again when a stream breaks, and shows the whole answer', async () => {
    const turn = await claude(['Hello there', '--model', 'clients/cut-once-claude']);
    expect([turn.exitCode, turn.isError]).toEqual([0, false]);
    expect(turn.text.split(' ').length).toBeGreaterThan(30);
  });

  it('tells its user when streams go on breaking: never a short answer that looks complete', async () => {
    const turn = await claude(['Hello there', '--model', 'demo/cut'], ONE_RETRY);
    expect(turn.isError).toBe(true);
  });

  it('tells its user that the balance is exhausted', async () => {
    const turn = await claude(['Hello there'], { ...ONE_RETRY, ANTHROPIC_AUTH_TOKEN: machine.world.emptyKey });
    expect(turn.isError).toBe(true);
    expect(turn.text).toMatch(/balance|credit/i);
  });
});
