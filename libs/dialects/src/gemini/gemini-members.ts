import type { JsonRecord } from '../turn/turn-request.js';

const upper = /[A-Z]/g;

/** Google takes every member in two spellings: `systemInstruction` and `system_instruction`. */
export function snakeCase(key: string): string {
  return key.replaceAll(upper, (letter) => `_${letter.toLowerCase()}`);
}

/** Which of a member's two spellings stands there; the first where none does. */
export function spelling(from: JsonRecord, key: string): string {
  if (from[key] !== undefined) return key;
  const other = snakeCase(key);
  return from[other] === undefined ? key : other;
}

/** The member in either spelling. */
export function memberOf(from: JsonRecord, key: string): unknown {
  return from[spelling(from, key)];
}
