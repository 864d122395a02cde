import { RequestMethod } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { z } from 'zod';

import { callRouteNames } from '../call/call-route.domain.js';
import { edgeControllers } from '../edge.module.js';
import { EdgeWorld } from '../rig/edge-world.factory.contract.js';
import { operations } from './openapi-document.factory.js';
import { routePattern } from './operation.domain.js';

let world: EdgeWorld;

afterEach(async () => world.close());

const mediaSchema = z.record(
  z.string(),
  z.looseObject({
    schema: z.unknown().optional(),
    example: z.unknown().optional(),
    examples: z.record(z.string(), z.object({ value: z.unknown() })).optional(),
  }),
);
const operationSchema = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  tags: z.array(z.string()).length(1),
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string() })).default([]),
  requestBody: z.looseObject({ content: mediaSchema }).optional(),
  responses: z.record(
    z.string().regex(/^[2-5]\d\d$/),
    z.looseObject({ description: z.string(), content: mediaSchema.default({}) }),
  ),
  'x-codeSamples': z.array(z.object({ lang: z.string(), label: z.string(), source: z.string() })),
});
const documentSchema = z.looseObject({
  openapi: z.string().regex(/^3\.1\./),
  info: z.looseObject({ title: z.string(), version: z.string() }),
  servers: z.array(z.object({ url: z.string() })),
  paths: z.record(z.string().startsWith('/'), z.record(z.string(), operationSchema)),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
});
type Document = z.output<typeof documentSchema>;

async function openDocument(headers: Record<string, string> = {}): Promise<Document> {
  world = await EdgeWorld.open();
  const answer = await world.get('/openapi.json', { authorization: '', ...headers });
  expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
  return documentSchema.parse(JSON.parse(answer.body));
}

function all(document: Document) {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
}

const pointer = (...steps: readonly string[]): string =>
  steps.map((step) => `/${encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');

/** A route whatever its segments are called. */
const exact = (route: string): string => route.replaceAll(/\{\w+\}/g, '{}');

/** Nest's own word for every route of the edge but the hot lane's, below `/v1` where it is at both. */
function nestRoutes(): string[] {
  return edgeControllers.flatMap((controller) => {
    const bases = z.union([z.string(), z.array(z.string())]).parse(Reflect.getMetadata('path', controller));
    return Object.getOwnPropertyNames(controller.prototype).flatMap((name) => {
      const handler: unknown = Reflect.get(controller.prototype, name);
      if (typeof handler !== 'function' || Reflect.getMetadata('method', handler) === undefined) return [];
      const method = RequestMethod[z.number().parse(Reflect.getMetadata('method', handler))] ?? '';
      const paths = z.union([z.string(), z.array(z.string())]).parse(Reflect.getMetadata('path', handler));
      const [base = ''] = [bases].flat();
      return [paths]
        .flat()
        .map((path) => `${method} /${[base, path].join('/')}`.replaceAll(/\/+/g, '/').replace(/\/$/, ''));
    });
  });
}

describe('GET /openapi.json', () => {
  it('has only schemas of JSON Schema 2020-12, and examples that they take', async () => {
    const document = await openDocument();
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema(document, 'doc');
    const check = (steps: readonly string[], values: readonly unknown[]): void => {
      const validate = ajv.compile({ $ref: `doc#${pointer(...steps)}` });
      for (const value of values)
        expect([steps, value, validate(value), validate.errors]).toEqual([steps, value, true, null]);
    };
    for (const name of Object.keys(document.components.schemas)) check(['components', 'schemas', name], []);
    for (const { path, method, operation } of all(document)) {
      const at = ['paths', path, method];
      for (const [type, media] of Object.entries(operation.requestBody?.content ?? {})) {
        check([...at, 'requestBody', 'content', type, 'schema'], [media.example]);
      }
      for (const [status, { content }] of Object.entries(operation.responses)) {
        for (const [type, media] of Object.entries(content)) {
          if (media.schema === undefined) continue;
          const examples = Object.values(media.examples ?? {}).map(({ value }) => value);
          check([...at, 'responses', status, 'content', type, 'schema'], examples);
        }
      }
    }
  });

  it('names every operation once, and every segment of its path', async () => {
    const operationsOf = all(await openDocument());
    const ids = operationsOf.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, operation } of operationsOf) {
      const named = operation.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      const segments = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect([path, named]).toEqual([path, segments]);
      expect(Object.keys(operation.responses).some((status) => status.startsWith('2'))).toBe(true);
    }
  });

  it('has every route that is served, and none that is not', async () => {
    const document = await openDocument();
    const told = all(document).map(({ path, method }) => `${method.toUpperCase()} ${path}`);
    const served = nestRoutes().map((route) => route.replaceAll(/:(\w+)/g, '{$1}'));
    expect(callRouteNames.filter((name) => !told.includes(`POST ${name}`))).toEqual([]);
    expect(served.map(exact).filter((route) => !told.map(exact).includes(route))).toEqual([]);
    for (const { path, method } of all(document)) {
      const asked = path.replaceAll(/\{\w+\}/g, 'x');
      const { status, body } = await world.get(asked, {}, method.toUpperCase());
      const isThere = status !== 405 && !(status === 404 && body.includes(`There is nothing at ${asked}.`));
      expect([method, path, isThere]).toEqual([method, path, true]);
    }
  });

  it('shows each request as commands that can be copied, with the address that was asked', async () => {
    const document = await openDocument({ host: 'gateway.example:8443', 'x-forwarded-proto': 'https' });
    expect(document.servers).toEqual([{ url: 'https://gateway.example:8443' }]);
    for (const { path, operation } of all(document)) {
      const samples = operation['x-codeSamples'];
      expect([path, samples.map(({ label }) => label)]).toEqual([path, ['curl', 'Python', 'TypeScript']]);
      for (const { source } of samples) expect(source).toContain('https://gateway.example:8443/');
    }
    const [chat] = document.paths['/v1/chat/completions']?.['post']?.['x-codeSamples'] ?? [];
    expect(chat?.source).toBe(
      [
        "curl -sS 'https://gateway.example:8443/v1/chat/completions' \\",
        '  -H "Authorization: Bearer $APILINK_API_KEY" \\',
        "  -H 'content-type: application/json' \\",
        `  -d '{"model":"gpt-5.5","messages":[{"role":"user","content":"Say hello."}]}'`,
      ].join('\n'),
    );
  });

  it('repeats no host that would be read as something else in a shell', async () => {
    const document = await openDocument({ host: "x';reboot;'" });
    expect(JSON.stringify(document)).not.toContain('reboot');
  });

  it('is made of operations whose paths Nest would know by the same segments', () => {
    for (const operation of operations) expect(routePattern(operation)).toMatch(/^\/[\w./:-]+$/);
  });
});

describe('GET /docs', () => {
  it('is a page that needs nobody but this server, under a policy that lets nobody else in', async () => {
    world = await EdgeWorld.open();
    expect((await world.get('/docs')).status).toBe(301);
    const page = await world.get('/docs/', { authorization: '' });
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.body).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; script-src 'self' 'sha256-/);
    const script = await world.get('/docs/js/scalar.js', { authorization: '' });
    expect([script.status, script.headers.get('content-type')]).toEqual([200, 'application/javascript; charset=utf-8']);
  });
});
