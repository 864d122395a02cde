import { AssignerProtocol, type Assignment, type PartitionAssigner } from 'kafkajs';

import { fairShare } from './fair-share.js';

const NAME = 'apilink-fair-share';
const VERSION = 0;

/**
 * Gives each member every nth partition of the topics that it subscribed to. The assigners of kafkajs hand the topics of
 * the group's leader to everybody, whatever they subscribed to: members that read different topics would then leave some
 * unread.
 */
export const fairAssigner: PartitionAssigner = ({ cluster }) => ({
  name: NAME,
  version: VERSION,
  async assign({ members }) {
    const readers = members
      .map(({ memberId, memberMetadata }) => ({
        memberId,
        topics: AssignerProtocol.MemberMetadata.decode(memberMetadata)?.topics ?? [],
      }))
      .toSorted((left, right) => (left.memberId < right.memberId ? -1 : 1));
    const topics = [...new Set(readers.flatMap((reader) => reader.topics))];
    // The leader knows only the partitions of its own topics.
    await cluster.addMultipleTargetTopics(topics);
    const shares = new Map<string, Assignment>(readers.map(({ memberId }) => [memberId, {}]));
    for (const topic of topics) {
      const ofTopic = readers.filter((reader) => reader.topics.includes(topic));
      const partitions = cluster.findTopicPartitionMetadata(topic).length;
      for (const [place, { memberId }] of ofTopic.entries()) {
        const share = fairShare(topic, partitions, ofTopic.length, place).map(({ partition }) => partition);
        const assignment = shares.get(memberId);
        if (assignment !== undefined && share.length > 0) assignment[topic] = share;
      }
    }
    return [...shares].map(([memberId, assignment]) => ({
      memberId,
      memberAssignment: AssignerProtocol.MemberAssignment.encode({
        version: VERSION,
        assignment,
        userData: Buffer.alloc(0),
      }),
    }));
  },
  protocol({ topics }) {
    return {
      name: NAME,
      metadata: AssignerProtocol.MemberMetadata.encode({ version: VERSION, topics, userData: Buffer.alloc(0) }),
    };
  },
});
