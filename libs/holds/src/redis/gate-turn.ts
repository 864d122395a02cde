import { HoldStoreUnavailable } from '../hold-store-unavailable.js';
import { listOf, numberAt } from './reply-text.js';

/** The reply of one operation, and the epoch of the gate that gave it; 0 without one. */
export interface TurnReply {
  readonly reply: unknown;
  readonly epoch: number;
}

/** Releases come first, so that what they free is there for the admissions of the same turn. Groups keep their order. */
export type TurnPlace = 'resize' | 'renew' | 'admit' | 'read';
const PLACES: readonly TurnPlace[] = ['resize', 'renew', 'admit', 'read'];

export interface TurnOperation {
  readonly place: TurnPlace;
  readonly text: string;
  readonly settle: (reply: TurnReply) => void;
  readonly fail: (error: HoldStoreUnavailable) => void;
  /** Nobody waits any more: it is not sent, because an admission without a request would only hold money. */
  readonly isAbandoned: () => boolean;
}

/** Performs all operations in one script, and settles or fails each; never rejects. */
export async function performTurn(
  send: (texts: readonly string[]) => Promise<unknown>,
  operations: readonly TurnOperation[],
): Promise<void> {
  const wanted = inPlace(operations.filter((operation) => !operation.isAbandoned()));
  if (wanted.length === 0) return;
  try {
    const replies = listOf(await send(wanted.map(({ text }) => text)));
    const epoch = numberAt(replies, 0);
    for (const [index, operation] of wanted.entries()) settleOne(operation, replies[index + 1], epoch);
  } catch (error) {
    const unavailable =
      error instanceof HoldStoreUnavailable ? error : new HoldStoreUnavailable('a broken answer', error);
    for (const operation of wanted) operation.fail(unavailable);
  }
}

function settleOne(operation: TurnOperation, reply: unknown, epoch: number): void {
  if (reply === undefined || reply === null) operation.fail(new HoldStoreUnavailable('an answer with a gap'));
  else if (Array.isArray(reply) && reply[0] === 'e') operation.fail(new HoldStoreUnavailable(String(reply[1])));
  else operation.settle({ reply, epoch });
}

function inPlace(operations: readonly TurnOperation[]): readonly TurnOperation[] {
  const [first] = operations;
  if (first === undefined || operations.every(({ place }) => place === first.place)) return operations;
  return PLACES.flatMap((place) => operations.filter((operation) => operation.place === place));
}
