import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { containerImages } from './container-images.js';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

describe('servers for tests in Docker', () => {
  it('are of the images that docker-compose.yml runs', () => {
    const images = [...read('../../docker-compose.yml').matchAll(/^\s+image: (\S+)$/gm)].map(([, image]) => image);
    expect(images).toEqual(expect.arrayContaining(Object.values(containerImages)));
  });

  it('are of the release of Kafka that Maven fetches', () => {
    const [, version] = /<artifactId>kafka_2\.13<\/artifactId>\s*<version>(.+?)</.exec(read('kafka/pom.xml')) ?? [];
    expect(containerImages.kafka).toBe(`apache/kafka:${version}`);
  });
});
