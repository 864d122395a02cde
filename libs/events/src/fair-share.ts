/** A partition that a group reads. */
export interface GroupPartition {
  readonly topic: string;
  readonly partition: number;
}

/**
 * The partitions that a member of a group should own: every nth one. All members reckon alike from the same order of
 * members, so shares do not overlap; where two disagree for a moment, the lock of the partition decides.
 */
export function fairShare<Partition extends GroupPartition>(
  partitions: readonly Partition[],
  members: number,
  place: number,
): readonly Partition[] {
  return partitions.filter((_, index) => index % members === place);
}
