/** A partition that a group reads. */
export interface GroupPartition {
  readonly topic: string;
  readonly partition: number;
}

/**
 * The partitions of a topic that the member at `place` among `members` should own: every nth one; none for somebody who
 * is not listed. All members reckon alike from the same order of members, so shares do not overlap; where two disagree
 * for a moment, the lock of the partition decides. Members of a group may read different topics, so it is per topic.
 */
export function fairShare(
  topic: string,
  partitions: number,
  members: number,
  place: number,
): readonly GroupPartition[] {
  return Array.from({ length: partitions }, (_, partition) => ({ topic, partition })).filter(
    ({ partition }) => partition % members === place,
  );
}
