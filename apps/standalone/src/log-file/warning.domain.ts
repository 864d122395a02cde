import { z } from 'zod';

const lineSchema = z.object({
  level: z.string(),
  service: z.string(),
  message: z.string(),
  err: z.object({ message: z.string() }).optional(),
});

/** The same sentence is told again after this long: a database that is away says it every second. */
const silenceMs = 10_000;
const sentencesMax = 100;

/**
 * Chooses from a log what a person at the terminal has to know: warnings and worse, and what a service marks as a notice,
 * as one sentence each, and the same one not again and again.
 */
export class Warnings {
  readonly #toldAt = new Map<string, number>();

  constructor(private readonly now: () => number = Date.now) {}

  /** The sentence of a JSON line of the log; null when it is for the file alone. */
  sentenceOf(line: string): string | null {
    if (!/"level":"(?:warn|error|fatal)"|"notice":true/.test(line)) return null;
    const read = lineSchema.safeParse(JSON.parse(line));
    if (!read.success) return null;
    const { service, message, err } = read.data;
    const cause = err === undefined || message.includes(err.message) ? '' : ` (${err.message})`;
    const sentence = `${service}: ${message}${cause}`;
    return this.#isNew(sentence) ? sentence : null;
  }

  #isNew(sentence: string): boolean {
    const at = this.now();
    if (at - (this.#toldAt.get(sentence) ?? Number.NEGATIVE_INFINITY) < silenceMs) return false;
    if (this.#toldAt.size >= sentencesMax) this.#toldAt.clear();
    this.#toldAt.set(sentence, at);
    return true;
  }
}
