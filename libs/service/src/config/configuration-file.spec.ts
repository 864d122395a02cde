import { configurationFileSchema } from '@apilink/contracts';
import { describe, expect, it } from '@jest/globals';

import { problemSentence, readConfiguration } from './configuration-file.js';
import { configurationJsonSchema } from './json-schema.js';

const valid = `providers:
  - id: alpha
    name: Alpha Cloud
    baseUrl: http://127.0.0.1:9101/v1
    dialects: [chat]
    credentials:
      - { id: main, env: ALPHA_API_KEY }
    allowPrivateAddress: true
    timeouts: { connect: 3s, firstToken: 250ms }
models:
  - id: acme/echo-1
    contextLength: 128000
    maxOutputTokens: 8192
    endpoints:
      - provider: alpha
        price: { input: "0.50", output: "1.50", cacheRead: "0.000000001" }
`;

function firstProblem(text: string): string {
  const result = readConfiguration(text, configurationFileSchema);
  const [problem] = result.ok ? [] : result.problems;
  return problem ? problemSentence('apilink.yaml', problem) : 'valid';
}

describe('readConfiguration', () => {
  it('reads durations, defaults and exact decimals, as YAML and as JSON', () => {
    const result = readConfiguration(valid, configurationFileSchema);
    if (!result.ok)
      throw new Error(problemSentence('apilink.yaml', result.problems[0] ?? { line: 0, path: '', message: '' }));
    const [provider] = result.value.providers;
    expect(provider?.timeouts).toEqual({ connect: 3000, firstToken: 250, idle: 30_000, answer: 600_000 });
    expect(result.value.models[0]?.endpoints[0]?.price?.cacheRead).toBe('0.000000001');
    expect(result.lineOf(['models', 0, 'endpoints', 0, 'provider'])).toBe(15);
    expect(readConfiguration('{"providers": []}', configurationFileSchema).ok).toBe(true);
    expect(readConfiguration('', configurationFileSchema).ok).toBe(true);
  });

  it.each([
    ['connect: 3s', 'connect: 3', 'apilink.yaml line 9, providers[0].timeouts.connect: '],
    [
      'allowPrivateAddress',
      'allowPrivateAdress',
      'line 8, providers[0].allowPrivateAdress: the key allowPrivateAdress is not known here.',
    ],
    ['contextLength: 128000\n', '\n', 'line 11, models[0].contextLength: is required.'],
    [
      '"0.50"',
      '0.50',
      'line 16, models[0].endpoints[0].price.input: expected a decimal string in quotes, like "0.50".',
    ],
    [
      '"0.50"',
      '"0.0000000001"',
      'line 16, models[0].endpoints[0].price.input: expected a decimal string of at most nine decimals',
    ],
    ['    endpoints:', '   endpoints:', 'line 14: not valid YAML'],
    [
      'env: ALPHA_API_KEY',
      'value: sk-secret',
      'line 7, providers[0].credentials[0].value: the key value is not known here',
    ],
    [', env: ALPHA_API_KEY', '', 'line 7, providers[0].credentials[0]: expected either env or file'],
    ['http://127.0.0.1:9101/v1', 'ftp://x', 'line 4, providers[0].baseUrl: expected an http or https URL.'],
    [
      '        price: { input: "0.50", output: "1.50", cacheRead: "0.000000001" }\n',
      '',
      'models[0].endpoints[0].price: the model acme/echo-1 has no price at the provider alpha.',
    ],
    ['provider: alpha', 'provider: beta', 'line 15, models[0].endpoints[0].provider: no provider has the id beta.'],
    [
      ', output: "1.50"',
      '',
      'models[0].endpoints[0].price: the model acme/echo-1 has no sufficient price at the provider alpha: chat needs input and output.',
    ],
    [
      'models:',
      '  - { id: alpha, baseUrl: "http://x.test" }\nmodels:',
      'line 10, providers[1].id: alpha stands here for the second time.',
    ],
    ['    name: Alpha Cloud', '    id: beta', 'line 3: not valid YAML: map keys must be unique'],
  ])('names path and line when %p becomes %p', (from, to, sentence) => {
    expect(valid).toContain(from);
    expect(firstProblem(valid.replace(from, to))).toContain(sentence);
  });

  it('refuses a file whose aliases explode, quickly', () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x]',
      ...'bcdefghi'
        .split('')
        .map(
          (name, index) =>
            `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdefgh'.charAt(index)}`).join(', ')}]`,
        ),
    ].join('\n');
    expect(firstProblem(bomb)).toMatch(/excessive alias count/i);
  });

  it('publishes a JSON Schema that shows durations and prices as strings', () => {
    const schema = JSON.stringify(configurationJsonSchema(configurationFileSchema, 'apilink.yaml'));
    expect(schema).toContain('"title":"apilink.yaml"');
    expect(schema).toContain('(ms|s|m|h)');
    expect(schema).toContain('"additionalProperties":false');
  });
});
