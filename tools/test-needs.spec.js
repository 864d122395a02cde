import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { needsOf, sortFiles } from './test/needs.mjs';

describe('what a test file needs', () => {
  let folder;
  const path = (name) => join(folder, name);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'apilink-needs-'));
    const files = {
      'plain.it.spec.js': "import { expect } from '@jest/globals';\n",
      'redis.it.spec.js': "import { testRedis } from '@apilink/local-stack';\n",
      'rig.js': "import { createTestDatabase } from '@apilink/testing';\nexport * from './circle.js';\n",
      'circle.js': "import { rig } from './rig.js';\nawait testKafka();\n",
      'through-rig.it.spec.js': "import { rig } from './rig.js';\n",
      'cluster.e2e.spec.js': 'const cluster = await TestCluster.start();\n',
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(path(name), text);
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['plain.it.spec.js', []],
    ['redis.it.spec.js', ['redis']],
    ['through-rig.it.spec.js', ['postgres', 'kafka']],
    ['cluster.e2e.spec.js', ['installation']],
  ])('is found in %s and in what it imports: %j', (name, needs) => {
    expect(needsOf(path(name))).toEqual(new Set(needs));
  });

  it('keeps only the files from running whose servers are not there, and tells why', () => {
    const files = ['plain.it.spec.js', 'redis.it.spec.js', 'through-rig.it.spec.js'].map(path);
    expect(sortFiles(files, { kafka: 'no Java' })).toEqual({
      runnable: [path('plain.it.spec.js'), path('redis.it.spec.js')],
      skipped: [{ file: path('through-rig.it.spec.js'), problem: 'no Java' }],
    });
  });
});
