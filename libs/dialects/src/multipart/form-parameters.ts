import { invalid, type RequestProblem } from '../call/request-problem.js';
import type { FormPart } from './multipart-form.js';

/** A field is a parameter or a prompt. */
const FIELD_BYTES_MAX = 1024 * 1024;
const SHOWN_CHARACTERS = 40;

/** The fields of a form as parameters: texts, of which numbers and flags are read. Keeps the first problem. */
export class FormParameters {
  problem: RequestProblem | null = null;
  private readonly fields = new Map<string, string>();

  constructor(body: Buffer, parts: readonly FormPart[]) {
    for (const { name, filename, content } of parts) {
      if (filename !== null || name.endsWith(']')) continue;
      if (this.fields.has(name)) {
        const detail = 'the form has it more than once';
        this.problem ??= { code: 'duplicate_key', param: name.slice(0, 100), detail, limit: null };
      }
      if (content.end - content.start > FIELD_BYTES_MAX)
        this.refuse(name, `a text of at most ${FIELD_BYTES_MAX} bytes`);
      else this.fields.set(name, body.toString('utf8', content.start, content.end));
    }
  }

  has(key: string): boolean {
    return this.fields.has(key);
  }

  text(key: string): string | null {
    const value = this.fields.get(key);
    return value === undefined || value === '' ? null : value;
  }

  requiredText(key: string, charactersMax: number): string {
    const value = this.fields.get(key);
    if (value === undefined)
      this.problem ??= { code: 'missing_parameter', param: key, detail: 'it is missing', limit: null };
    else if (value.length > 0 && value.length <= charactersMax) return value;
    else this.refuse(key, `a text of 1 to ${charactersMax} characters`);
    return '';
  }

  text256(key: string): string | null {
    const value = this.text(key);
    if (value === null || value.length <= 256) return value;
    this.refuse(key, 'a text of at most 256 characters');
    return null;
  }

  flag(key: string): boolean {
    const value = this.text(key);
    if (value === null) return false;
    const lower = value.toLowerCase();
    if (lower === 'true' || lower === 'false' || lower === '1' || lower === '0')
      return lower === 'true' || lower === '1';
    this.refuse(key, 'true or false');
    return false;
  }

  count(key: string, max: number | null): number | null {
    const value = this.text(key);
    if (value === null) return null;
    const count = /^\d{1,15}$/.test(value) ? Number(value) : 0;
    if (count >= 1 && (max === null || count <= max)) return count;
    this.refuse(key, max === null ? 'a whole number above 0' : `a whole number from 1 to ${max}`);
    return null;
  }

  refuse(key: string, expected: string): void {
    const value = this.fields.get(key);
    const got = value === undefined ? '' : `, got the text ${JSON.stringify(value.slice(0, SHOWN_CHARACTERS))}`;
    this.problem ??= invalid(key.slice(0, 100), `${expected}${got}`);
  }
}
