import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { create } from 'tar';
import { z } from 'zod';

import { runProgram } from '../program.js';

const nobody: typeof fetch = async () => {
  throw new TypeError('fetch failed');
};

async function catalog(...words: readonly string[]) {
  let out = '';
  let err = '';
  const terminal = {
    out: { write: (text: string) => (out += text) },
    err: { write: (text: string) => (err += text) },
    now: () => Date.UTC(2026, 10, 22),
  };
  const exitCode = await runProgram(['catalog', ...words], { terminal, env: {}, send: nobody, version: '' });
  return { exitCode, out, err };
}

const imported = z.object({
  written: z.boolean(),
  objections: z.array(z.string()),
  difference: z.object({ newModels: z.array(z.string()), removedModels: z.array(z.string()) }),
});

const sold = (id: string) => ({
  [`chat:${id}`]: {
    id,
    name: id,
    type: 'chat',
    input: ['text'],
    cost: { input: 1, output: 4, cacheRead: 0, cacheWrite: 0 },
    contextWindow: 1000,
    maxTokens: 100,
  },
});

/** The two packages in small: two models at two providers. */
class Packages {
  input = '1';
  readonly folder = mkdtempSync(join(tmpdir(), 'apilink-packages-'));

  /** A bundle that would end the process if anything ran it. */
  writeUnpacked(): string {
    const model = `{ id: "gpt-oss-9", match: { equals: "gpt-oss-9" }, prices: { input_mtok: ${this.input}, output_mtok: 4 } }`;
    const bundle = `const E = [{ id: "cerebras", api_pattern: "", models: [${model}] }]; process.exit(99);`;
    this.#write('genai', { name: '@pydantic/genai-prices', version: '1.0.0', license: 'MIT' }, 'dist/index.js', bundle);
    const manifest = { name: '@earendil-works/pi-ai', version: '2.0.0', license: 'MIT' };
    this.#write('pi', manifest, 'dist/providers/data/cerebras.json', JSON.stringify({ a: sold('gpt-oss-9') }));
    this.#write('pi', manifest, 'dist/providers/data/groq.json', JSON.stringify({ a: sold('openai/gpt-oss-9') }));
    return this.folder;
  }

  async writeArchives(): Promise<string> {
    this.writeUnpacked();
    const archives = join(this.folder, 'archives');
    mkdirSync(archives);
    for (const name of ['genai', 'pi'])
      await create({ file: join(archives, `${name}.tgz`), gzip: true, cwd: join(this.folder, name) }, ['package']);
    return archives;
  }

  #write(name: string, manifest: object, file: string, text: string): void {
    const folder = join(this.folder, name, 'package');
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    writeFileSync(join(folder, file), text);
  }
}

describe('catalog import', () => {
  let packages: Packages;
  let to: string;

  beforeEach(() => {
    packages = new Packages();
    to = join(packages.folder, 'catalog.json');
  });

  afterEach(() => {
    rmSync(packages.folder, { recursive: true });
  });

  const importing = async (from: string, ...more: readonly string[]) => {
    const done = await catalog('import', '--from', from, '--to', to, '--json', ...more);
    return { exitCode: done.exitCode, ...imported.parse(JSON.parse(done.out)) };
  };

  it('reads packages without running anything in them, and writes one model with every provider’s offer', async () => {
    expect(await importing(packages.writeUnpacked())).toMatchObject({
      exitCode: 0,
      written: true,
      difference: { newModels: ['openai/gpt-oss-9'] },
    });
    const written = readFileSync(to, 'utf8');
    expect(written.match(/"provider":"\w+"/g)).toEqual(['"provider":"cerebras"', '"provider":"groq"']);
    expect(written).toContain('"importedOn":"2026-11-22"');
  });

  it('takes archives and keeps their sha256; a second import changes nothing', async () => {
    const archives = await packages.writeArchives();
    await importing(archives);
    const written = readFileSync(to, 'utf8');
    expect(written).toMatch(
      /"package":"@pydantic\/genai-prices","version":"1.0.0","license":"MIT","sha256":"[0-9a-f]{64}"/,
    );
    expect(await importing(archives)).toMatchObject({ exitCode: 0, written: false });
    expect(readFileSync(to, 'utf8')).toBe(written);
  });

  it('takes over a price that changes a little, and tells it', async () => {
    await importing(packages.writeUnpacked());
    packages.input = '1.3';
    const { exitCode, out } = await catalog('import', '--from', packages.writeUnpacked(), '--to', to);
    expect(exitCode).toBe(0);
    expect(out).toContain('~ openai/gpt-oss-9 at cerebras: input 1 → 1.3 (+30.00 %)');
    expect(readFileSync(to, 'utf8')).toContain('"input":"1.3"');
  });

  it('refuses a price that jumps by more than 30 %, names it, and writes nothing until it is approved', async () => {
    await importing(packages.writeUnpacked());
    const before = readFileSync(to, 'utf8');
    packages.input = '1.31';
    const from = packages.writeUnpacked();
    expect(await importing(from)).toMatchObject({
      exitCode: 1,
      written: false,
      objections: ['openai/gpt-oss-9 at cerebras: input 1 → 1.31 (+31.00 %)'],
    });
    expect(readFileSync(to, 'utf8')).toBe(before);
    expect(await importing(from, '--approve')).toMatchObject({ exitCode: 0, written: true });
    expect(readFileSync(to, 'utf8')).toContain('"input":"1.31"');
  });

  it('refuses packages in which most models are gone', async () => {
    await importing(packages.writeUnpacked());
    for (const file of ['cerebras', 'groq'])
      writeFileSync(join(packages.folder, 'pi/package/dist/providers/data', `${file}.json`), '{}');
    const { exitCode, objections } = await importing(packages.folder);
    expect({ exitCode, objections }).toEqual({ exitCode: 1, objections: ['1 of 1 models would be removed'] });
  });

  it('says which package a folder lacks, and what it cannot read', async () => {
    const from = packages.writeUnpacked();
    writeFileSync(join(from, 'genai/package/dist/index.js'), 'const E = [{ id: "x", models: load() }]');
    const strange = await catalog('import', '--from', from, '--to', to);
    expect(strange).toMatchObject({ exitCode: 4, err: expect.stringContaining('expected data in line 1') });
    rmSync(join(from, 'pi'), { recursive: true });
    const { exitCode, err } = await catalog('import', '--from', from, '--to', to);
    expect({ exitCode, err }).toEqual({
      exitCode: 4,
      err: `${from} does not hold the package @earendil-works/pi-ai.\n`,
    });
    expect(await catalog('diff', '--from', join(from, 'nowhere'))).toMatchObject({ exitCode: 4 });
  });
});

describe('catalog list', () => {
  it('lists the built-in models with who sells them, and finds by part, author, provider and dialect', async () => {
    const { out } = await catalog('list', 'gpt-oss', '--author', 'openai', '--provider', 'groq', '--dialect', 'chat');
    expect(out).toMatch(/openai\/gpt-oss-120b +\d+ +[\d.]+ +[\d.]+ +.*groq/);
    expect(out).toContain('models; USD per million tokens.');
    expect(out).not.toContain('anthropic/');
  });

  it('shows the price that is in force, not the one before nor the one to come', async () => {
    // From 17 August 2026 on $0.66 and $1.98; before $0.435 and $0.87; twice as much in some hours.
    const { out } = await catalog('list', '--provider', 'deepseek');
    expect(out).toMatch(/^deepseek\/deepseek-v4-pro +\d+ +0\.\d+ +[\d.]+ /m);
    // From 1 January 2027 on $1.5 and $7.5.
    expect((await catalog('list', '--provider', 'google')).out).toMatch(
      /^google\/gemini-3\.7-flash +\d+ +0\.75 +3\.75 /m,
    );
  });

  it('tells all of one model: offers, conditions, prices', async () => {
    const { out } = await catalog('list', 'openai/gpt-5.5');
    expect(out).toContain('openai: gpt-5.5, chat, responses;');
    expect(out).toMatch(/above 271999 input tokens: input 10, output 45/);
  });

  it('says which models have no price, and which providers there are and what activates them', async () => {
    expect((await catalog('list', 'demo/unpriced', '--unpriced')).out).toContain('no price: not served');
    const { out } = await catalog('list', '--providers');
    expect(out).toMatch(/^anthropic +\d+ +ANTHROPIC_API_KEY +messages +https:\/\/api\.anthropic\.com\/v1$/m);
    expect(out).toMatch(/^cloudflare +0 .*not served: its addresses hold an account/m);
  });

  it('gives scripts the prices as price lists have them', async () => {
    const { out } = await catalog('list', 'openai/whisper-1', '--json');
    const prices = [{ price: { seconds: '0.0001' } }];
    expect(JSON.parse(out)).toMatchObject({ models: [{ id: 'openai/whisper-1', offers: [{ prices }] }] });
  });
});

describe('catalog diff', () => {
  it('tells what a configuration file prices differently', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'apilink-override-'));
    const file = join(folder, 'apilink.yaml');
    const price = { input: '2', output: '4' };
    const model = {
      id: 'openai/gpt-4',
      contextLength: 1,
      maxOutputTokens: 1,
      endpoints: [{ provider: 'openai', price }],
    };
    writeFileSync(file, JSON.stringify({ models: [model] }));
    const { exitCode, out } = await catalog('diff', '--config', file);
    rmSync(folder, { recursive: true });
    expect(exitCode).toBe(0);
    expect(out).toMatch(/~ openai\/gpt-4 at openai: input [\d.]+ → 2 \(-/);
    expect(out).toContain('- openai/gpt-4 at azure: the file does not offer it');
  });
});
