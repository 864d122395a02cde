import { describe, expect, it } from '@jest/globals';
import { AssignerProtocol, Kafka, logLevel, type Assigner, type Cluster } from 'kafkajs';

import { fairAssigner } from './fair-assigner.js';

const PARTITIONS: Readonly<Record<string, number>> = { usage: 5, prices: 2 };

/** The assigner of a client that knows these topics without asking a broker. */
function assignerOf(known: string[]): Assigner {
  const assigners: Assigner[] = [];
  new Kafka({ brokers: ['127.0.0.1:1'], logLevel: logLevel.NOTHING }).consumer({
    groupId: 'g',
    partitionAssigners: [
      (config) => {
        const cluster: Cluster = Object.assign(config.cluster, {
          addMultipleTargetTopics: (topics: string[]) => {
            known.push(...topics);
            return Promise.resolve();
          },
          findTopicPartitionMetadata: (topic: string) =>
            Array.from({ length: PARTITIONS[topic] ?? 0 }, (_, partitionId) => ({
              partitionId,
              partitionErrorCode: 0,
              leader: 1,
              replicas: [1],
              isr: [1],
            })),
        });
        const assigner = fairAssigner({ ...config, cluster });
        assigners.push(assigner);
        return assigner;
      },
    ],
  });
  const [assigner] = assigners;
  if (assigner === undefined) throw new Error('no assigner was made');
  return assigner;
}

async function shares(readers: Readonly<Record<string, string[]>>): Promise<Record<string, unknown>> {
  const known: string[] = [];
  const assigner = assignerOf(known);
  const members = Object.entries(readers).map(([memberId, topics]) => ({
    memberId,
    memberMetadata: assigner.protocol({ topics }).metadata,
  }));
  const answer = await assigner.assign({ members, topics: Object.values(readers)[0] ?? [] });
  expect(new Set(known)).toEqual(new Set(Object.values(readers).flat()));
  return Object.fromEntries(
    answer.map(({ memberId, memberAssignment }) => [
      memberId,
      AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment,
    ]),
  );
}

describe('how a group shares partitions', () => {
  it('gives every partition to exactly one member, in equal shares', async () => {
    expect(await shares({ b: ['usage'], a: ['usage'] })).toEqual({ a: { usage: [0, 2, 4] }, b: { usage: [1, 3] } });
  });

  it('gives a topic to those alone that subscribed to it, whoever leads the group', async () => {
    expect(await shares({ a: ['usage'], b: ['prices'], c: ['usage', 'prices'] })).toEqual({
      a: { usage: [0, 2, 4] },
      b: { prices: [0] },
      c: { usage: [1, 3], prices: [1] },
    });
  });

  it('tells a member that there is nothing left for it', async () => {
    expect(await shares({ a: ['prices'], b: ['prices'], c: ['prices'] })).toEqual({
      a: { prices: [0] },
      b: { prices: [1] },
      c: {},
    });
  });
});
