import { deadLetterTopic, topics, type Cleanup, type TopicDefinition } from '@apilink/contracts';

/** What a log has to know of a topic to keep it. */
export interface TopicLayout {
  readonly name: string;
  readonly partitions: number;
  readonly cleanup: Cleanup;
}

const DEAD_LETTER_PARTITIONS = 12;
const DEAD_LETTER_RETENTION_DAYS = 30;

/** The topics of the definitions, each with its dead letters. */
export function layoutsOf(definitions: readonly TopicDefinition[]): readonly TopicLayout[] {
  return definitions.flatMap(({ name, partitions, cleanup }) => [
    { name, partitions, cleanup },
    {
      name: deadLetterTopic(name),
      partitions: DEAD_LETTER_PARTITIONS,
      cleanup: { policy: 'delete', retentionDays: DEAD_LETTER_RETENTION_DAYS },
    },
  ]);
}

/** Every topic of `@apilink/contracts`. */
export const allTopicLayouts: readonly TopicLayout[] = layoutsOf(Object.values(topics));

/** An event was published to, or asked from, a topic that this log does not keep. */
export class UnknownTopicError extends Error {
  override readonly name = 'UnknownTopicError';

  constructor(readonly topic: string) {
    super(`the topic ${topic} is not declared in @apilink/contracts`);
  }
}

export class TopicCatalog {
  private readonly layouts: ReadonlyMap<string, TopicLayout>;

  constructor(layouts: readonly TopicLayout[]) {
    this.layouts = new Map(layouts.map((layout) => [layout.name, layout]));
  }

  layout(topic: string): TopicLayout {
    const layout = this.layouts.get(topic);
    if (layout === undefined) throw new UnknownTopicError(topic);
    return layout;
  }

  all(): readonly TopicLayout[] {
    return [...this.layouts.values()];
  }
}
