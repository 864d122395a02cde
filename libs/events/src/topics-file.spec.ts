import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';
import { deadLetterTopic, topics } from '@apilink/contracts';
import { parse } from 'yaml';

import { allTopicLayouts } from './topic-layout.js';
import { topicsFile } from './topics-file.js';

const file = readFileSync(new URL('../../../deploy/kafka/topics.yaml', import.meta.url), 'utf8');

const entry = (name: string, partitions: number, config: string) =>
  `  - name: ${name}\n    partitions: ${partitions}\n    replicationFactor: 3\n    config:\n      ${config}`;

describe('deploy/kafka/topics.yaml', () => {
  it('says what the program expects of each topic', () => {
    expect(file).toBe(topicsFile());
  });

  it('lists every topic of the contracts with its dead letters, three copies of each and two of every write', () => {
    const parsed: unknown = parse(file);
    const names = Object.values(topics).flatMap(({ name }) => [name, deadLetterTopic(name)]);
    expect(parsed).toEqual({
      topics: names.map((name) => ({
        name,
        partitions: allTopicLayouts.find((layout) => layout.name === name)?.partitions,
        replicationFactor: 3,
        config: expect.objectContaining({ 'min.insync.replicas': '2' }),
      })),
    });
  });

  it('keeps dead letters for 30 days, usage for 14, and the last event of each key of a table for ever', () => {
    expect(file).toContain(entry('apilink.usage.v1', 48, "cleanup.policy: 'delete'\n      retention.ms: '1209600000'"));
    expect(file).toContain(
      entry('apilink.usage.v1.dlq', 12, "cleanup.policy: 'delete'\n      retention.ms: '2592000000'"),
    );
    expect(file).toContain(entry('apilink.prices.v1', 12, "cleanup.policy: 'compact'\n      min.insync"));
  });
});
