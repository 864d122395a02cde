/** What a client has been told of its stream so far, by whichever attempt; one per request. */
export class ToldStream {
  /** The opening event went out (`response.created`, `message_start`, a first chunk). */
  isOpened = false;
  /** The id that the client has seen; it stays for the whole stream. */
  id: string | null = null;
  /** Of the next event, for the dialect that numbers them. */
  nextSequence = 0;
}
