import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { z } from 'zod';

import { Instance } from './instance.js';

/** What Codex 0.169 needs of a model in its catalog: one missing field drops the whole of it. */
const codexModelSchema = z.looseObject({
  slug: z.string().min(1),
  display_name: z.string(),
  description: z.string().nullable(),
  supported_reasoning_levels: z.array(z.object({ effort: z.string(), description: z.string() })),
  shell_type: z.enum(['default', 'local', 'unified_exec', 'disabled', 'shell_command']),
  visibility: z.enum(['list', 'hide', 'none']),
  supported_in_api: z.boolean(),
  priority: z.number().int(),
  upgrade: z.null(),
  base_instructions: z.string().min(100),
  supports_reasoning_summaries: z.boolean(),
  support_verbosity: z.boolean(),
  default_verbosity: z.string().nullable(),
  apply_patch_tool_type: z.enum(['freeform', 'function']).nullable(),
  truncation_policy: z.object({ mode: z.enum(['bytes', 'tokens']), limit: z.number().int() }),
  supports_parallel_tool_calls: z.boolean(),
  context_window: z.number().int().min(1),
  experimental_supported_tools: z.array(z.string()),
  input_modalities: z.array(z.enum(['text', 'image'])),
});

describe('the API as clients find it', () => {
  let instance: Instance;

  beforeAll(async () => {
    instance = await Instance.start();
  }, 120_000);

  afterAll(async () => {
    await instance.dispose();
  }, 60_000);

  it('is one models object for every client', async () => {
    const { apiKey, baseUrl } = instance.quickstart;
    const openAi = new OpenAI({ baseURL: baseUrl, apiKey, maxRetries: 0 });
    const ids: string[] = [];
    for await (const model of openAi.models.list()) ids.push(model.id);
    expect(ids).toContain('demo/echo');
    expect((await openAi.models.retrieve('demo/echo')).owned_by).toBe('demo');

    const anthropic = new Anthropic({ baseURL: instance.origin, apiKey, maxRetries: 0 });
    const names: string[] = [];
    for await (const model of anthropic.models.list()) names.push(model.display_name);
    expect(names).toHaveLength(ids.length);

    const codex = await fetch(`${baseUrl}/models?client_version=0.169.0`, {
      headers: { authorization: `Bearer ${apiKey}` },
    });
    const { models } = z.looseObject({ models: z.array(codexModelSchema).min(1) }).parse(await codex.json());
    expect(models.map(({ slug }) => slug)).toContain('demo/echo');
    const etag = codex.headers.get('etag') ?? '';
    const again = await fetch(`${baseUrl}/models`, {
      headers: { authorization: `Bearer ${apiKey}`, 'if-none-match': etag },
    });
    expect(again.status).toBe(304);
  });

  it('lists for a key with an allow-list what it may call, and nothing else', async () => {
    const created = await instance.apilink('key', 'create', '--models', 'demo/echo');
    const { apiKey } = z.looseObject({ apiKey: z.string() }).parse(created.json);
    const list = await new OpenAI({ baseURL: instance.quickstart.baseUrl, apiKey }).models.list();
    expect(list.data.map(({ id }) => id)).toEqual(['demo/echo']);
  });

  it('lets a page of another origin call, and read our headers', async () => {
    const page = { origin: 'https://page.example' };
    const preflight = await fetch(`${instance.origin}/v1/chat/completions`, {
      method: 'OPTIONS',
      headers: {
        ...page,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*']);
    expect(preflight.headers.get('access-control-allow-headers')).toBe('authorization,content-type');
    const refused = await fetch(`${instance.origin}/v1/chat/completions`, { method: 'POST', headers: page });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, '*']);
    expect(refused.headers.get('access-control-expose-headers')).toContain('x-generation-id');
  });

  it('describes itself, and has a page to read', async () => {
    const document = await (await fetch(`${instance.origin}/openapi.json`)).json();
    const { paths } = z.looseObject({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) }).parse(document);
    for (const path of ['/v1/chat/completions', '/v1/messages', '/v1/models', '/api/v1/keys']) {
      expect(Object.keys(paths)).toContain(path);
    }
    const page = await fetch(`${instance.origin}/docs`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect((await fetch(new URL('js/scalar.js', page.url))).status).toBe(200);
  });
});
