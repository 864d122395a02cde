export interface ChunkBounds {
  readonly eventsMax: number;
  /** Of bodies; an event above it goes alone. */
  readonly bytesMax: number;
}

/** Events in their order, in parts that fit into one request each. */
export function chunksOf<Event extends { readonly body: string | null }>(
  events: readonly Event[],
  bounds: ChunkBounds,
): Event[][] {
  const chunks: Event[][] = [];
  let bytes = 0;
  for (const event of events) {
    const size = Buffer.byteLength(event.body ?? '');
    const chunk = chunks.at(-1);
    if (chunk === undefined || chunk.length >= bounds.eventsMax || bytes + size > bounds.bytesMax) {
      chunks.push([event]);
      bytes = size;
    } else {
      chunk.push(event);
      bytes += size;
    }
  }
  return chunks;
}
