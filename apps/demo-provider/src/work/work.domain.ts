/** What is asked of the demo provider beside a turn: vectors, pictures, sound, rankings. */
export interface Work {
  readonly dialect: string;
  readonly model: string;
  readonly stream: boolean;
  readonly user: string | null;
}

/** An answer in pieces; each counts as a token: for the pace, and for faults after so many. */
export interface WorkAnswer {
  readonly contentType: string;
  readonly pieces: Iterable<string | Buffer>;
  /** Known only where the answer is one piece. */
  readonly isWhole: boolean;
}

/** A request that this provider refuses; the text says what would be right. */
export class WorkRefusal extends Error {
  override readonly name = 'WorkRefusal';

  constructor(
    readonly param: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}

export function whole(body: object): WorkAnswer {
  return { contentType: 'application/json', pieces: [JSON.stringify(body)], isWhole: true };
}

export function text(body: string): WorkAnswer {
  return { contentType: 'text/plain; charset=utf-8', pieces: [body], isWhole: true };
}

export function event(type: string, body: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...body })}\n\n`;
}

/** Words and signs, as this provider counts tokens. */
export function wordsOf(words: string): string[] {
  return words.toLowerCase().match(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? [];
}
