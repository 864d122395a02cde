/** Where a dead letter stands: its id is `<topic>/<partition>/<offset>`. */
export interface DeadLetterPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

const ID = /^([a-z0-9.-]{1,200})\/(0|[1-9]\d{0,4})\/(0|[1-9]\d{0,18})$/;

/** Null for a text that is no id of a dead letter. */
export function parseDeadLetterId(id: string): DeadLetterPlace | null {
  const [, topic, partition, offset] = ID.exec(id) ?? [];
  if (topic === undefined || partition === undefined || offset === undefined) return null;
  return { topic, partition: Number(partition), offset: BigInt(offset) };
}

export function deadLetterIdOf(place: DeadLetterPlace): string {
  return `${place.topic}/${place.partition}/${place.offset}`;
}
