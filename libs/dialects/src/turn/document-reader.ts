import { isRecord } from '../json/records.js';
import { invalid, unsupported, type RequestProblem } from '../call/request-problem.js';
import type { JsonRecord } from './turn-request.js';

/**
 * Reads members of a request's document by their paths and keeps the first problem; a value that may not stand there reads
 * as absent. `null` counts as absent, as with OpenAI.
 */
export class DocumentReader {
  problem: RequestProblem | null = null;

  text(from: JsonRecord, key: string, path = key): string | null {
    const value = from[key] ?? null;
    if (value === null || typeof value === 'string') return value;
    this.invalid(path, 'a text');
    return null;
  }

  requiredText(from: JsonRecord, key: string, path: string): string {
    const value = from[key];
    if (typeof value === 'string') return value;
    this.invalid(path, 'a text');
    return '';
  }

  number(from: JsonRecord, key: string, path = key): number | null {
    const value = from[key] ?? null;
    if (value === null || (typeof value === 'number' && Number.isFinite(value))) return value;
    this.invalid(path, 'a number');
    return null;
  }

  /** A whole number from `min`. */
  count(from: JsonRecord, key: string, min: number, path = key): number | null {
    const value = from[key] ?? null;
    if (value === null || (typeof value === 'number' && Number.isSafeInteger(value) && value >= min)) return value;
    this.invalid(path, `a whole number from ${min}`);
    return null;
  }

  flag(from: JsonRecord, key: string, path = key): boolean | null {
    const value = from[key] ?? null;
    if (value === null || typeof value === 'boolean') return value;
    this.invalid(path, 'true or false');
    return null;
  }

  record(from: JsonRecord, key: string, path = key): JsonRecord | null {
    const value = from[key] ?? null;
    if (value === null || isRecord(value)) return value;
    this.invalid(path, 'an object');
    return null;
  }

  list(from: JsonRecord, key: string, path = key): readonly unknown[] {
    const value = from[key] ?? null;
    if (value === null) return [];
    if (Array.isArray(value)) return value;
    this.invalid(path, 'a list');
    return [];
  }

  /** The objects of a list, each with its path. */
  *records(from: JsonRecord, key: string, path = key): Generator<{ readonly value: JsonRecord; readonly at: string }> {
    for (const [index, value] of this.list(from, key, path).entries()) {
      const at = `${path}[${index}]`;
      if (isRecord(value)) yield { value, at };
      else this.invalid(at, 'an object');
    }
  }

  oneOf<Word extends string>(value: string | null, words: readonly Word[], path: string): Word | null {
    if (value === null) return null;
    const word = words.find((known) => known === value);
    if (word === undefined) this.invalid(path, `one of ${words.join(', ')}`);
    return word ?? null;
  }

  invalid(path: string, expected: string): void {
    this.problem ??= invalid(path, expected);
  }

  unsupported(path: string, detail: string): void {
    this.problem ??= unsupported(path, detail);
  }
}
