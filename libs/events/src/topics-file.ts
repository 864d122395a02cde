import { topicConfiguration } from './create-topics.js';
import { allTopicLayouts } from './topic-layout.js';

/** What production has: three copies, and a write counts when two have it. */
const REPLICATION_FACTOR = 3;

const HEAD = `# Every topic as production has it. Generated from libs/contracts, tested equal to it:
#   node libs/events/dist/topics-file.main.js > deploy/kafka/topics.yaml
# The job create-topics creates them (libs/events/dist/create-topics.main.js). The number of partitions is chosen once: it
# decides on which partition a key is.
topics:
`;

/** The text of deploy/kafka/topics.yaml. */
export function topicsFile(): string {
  const topics = allTopicLayouts.map((layout) => {
    const entries = Object.entries(topicConfiguration(layout, REPLICATION_FACTOR));
    return [
      `  - name: ${layout.name}`,
      `    partitions: ${layout.partitions}`,
      `    replicationFactor: ${REPLICATION_FACTOR}`,
      '    config:',
      ...entries.map(([name, value]) => `      ${name}: '${value}'`),
      '',
    ].join('\n');
  });
  return HEAD + topics.join('');
}
