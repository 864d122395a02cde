import { isRecord, listOf } from '../json/records.js';

/** Reads counts out of a usage object and keeps the first that is none: one nonsense figure spoils the whole object. */
export class UsageCounts {
  problem: string | null = null;

  /** `name` is how the object is called in problems. */
  constructor(private readonly name = 'usage') {}

  required(from: Record<string, unknown>, key: string): number {
    if (from[key] === undefined || from[key] === null) this.problem ??= `${this.name}.${key} is missing`;
    return this.first(from, [key]);
  }

  /** The first of these members that is there; 0 without one, for details that a provider need not tell. */
  first(from: Record<string, unknown>, keys: readonly string[]): number {
    for (const key of keys) {
      const value = from[key];
      if (value === undefined || value === null) continue;
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
      this.refuse(key, value);
      return 0;
    }
    return 0;
  }

  /**
   * A length in seconds as whole milliseconds, to the nearest; fractions come from floats and from texts of them
   * (`verbose_json` of OpenAI tells `"8.470000267028809"`). 0 when the member is not there.
   */
  milliseconds(from: Record<string, unknown>, key: string): number {
    const value = from[key];
    if (value === undefined || value === null) return 0;
    const seconds = typeof value === 'string' && decimal.test(value) ? Number(value) : value;
    const milliseconds = typeof seconds === 'number' ? Math.round(seconds * 1000) : Number.NaN;
    if (Number.isSafeInteger(milliseconds) && milliseconds >= 0) return milliseconds;
    this.problem ??= `${this.name}.${key} is ${wordsFor(value)}, not a length in seconds`;
    return 0;
  }

  details(from: Record<string, unknown>, key: string): Record<string, unknown> {
    const value = from[key];
    return isRecord(value) ? value : {};
  }

  /** Tokens of some modalities in a list of `{modality, tokenCount}` (Gemini). */
  ofModalities(list: unknown, modalities: readonly string[]): number {
    let sum = 0;
    for (const entry of listOf(list)) {
      if (!isRecord(entry)) continue;
      const { modality } = entry;
      if (typeof modality === 'string' && modalities.includes(modality)) sum += this.first(entry, ['tokenCount']);
    }
    return sum;
  }

  private refuse(key: string, value: unknown): void {
    this.problem ??= `${this.name}.${key} is ${wordsFor(value)}, not a whole number from 0 to 2^53 − 1`;
  }
}

const decimal = /^\d{1,9}(?:\.\d{1,20})?$/;

function wordsFor(value: unknown): string {
  return typeof value === 'number' ? String(value) : `a ${typeof value}`;
}
