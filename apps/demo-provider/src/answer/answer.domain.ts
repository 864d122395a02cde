import { createHash } from 'node:crypto';

export interface PromptMessage {
  readonly role: string;
  readonly text: string;
}

const ECHOED_WORDS_MAX = 40;
const SHORTEST = 40;
const SPREAD = 80;
const TOKENS_OF_A_MESSAGE = 4;

const VOCABULARY = (
  'the a this each every some one request answer token stream balance account model provider endpoint gateway edge ' +
  'router ledger hold charge price budget key limit cache prompt context window reason word line page river harbour ' +
  'lantern paper garden winter morning signal compass bridge station mountain quiet bright steady careful exact small ' +
  'long early open clear honest plain sends keeps counts returns carries holds settles measures waits follows reads ' +
  'writes finds grows ends begins and or but while because when until with without under over between after before'
).split(' ');

/**
 * The tokens of an answer: what the last user message said, then sentences. The same conversation, choice and length
 * give the same tokens, so that a test can compare what arrived byte for byte.
 */
export function* answerTokens(messages: readonly PromptMessage[], choice: number): Generator<string, never> {
  const random = randomOf(`${JSON.stringify(messages)}#${choice}`);
  yield 'You';
  yield ' said';
  yield ':';
  const echoed = lastUserWords(messages);
  for (const word of echoed) yield ` ${word}`;
  if (!/[.!?。]$/.test(echoed.at(-1) ?? '')) yield '.';
  for (;;) {
    const length = 5 + (random() % 9);
    for (let index = 0; index < length; index++) {
      const word = VOCABULARY[random() % VOCABULARY.length] ?? 'word';
      yield index === 0 ? ` ${word.charAt(0).toUpperCase()}${word.slice(1)}` : ` ${word}`;
    }
    yield '.';
  }
}

/** The length of an answer when the model's name gives none. */
export function answerLength(messages: readonly PromptMessage[]): number {
  return SHORTEST + (randomOf(JSON.stringify(messages))() % SPREAD);
}

/** Tokens of a prompt: words and signs, and four for the frame of each message. */
export function promptTokens(messages: readonly PromptMessage[]): number {
  return messages.reduce(
    (sum, { text }) => sum + TOKENS_OF_A_MESSAGE + (text.match(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu)?.length ?? 0),
    0,
  );
}

function lastUserWords(messages: readonly PromptMessage[]): readonly string[] {
  const last = messages.findLast((message) => message.role === 'user');
  return (last?.text ?? '').split(/\s+/).filter(Boolean).slice(0, ECHOED_WORDS_MAX);
}

/** xorshift32, seeded by a hash: small, and the same on every machine. */
function randomOf(seed: string): () => number {
  let state = createHash('sha256').update(seed).digest().readUInt32LE(0) || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
