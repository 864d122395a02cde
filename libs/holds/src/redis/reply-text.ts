import {
  accountIdSchema,
  generationIdSchema,
  keyIdSchema,
  workspaceIdSchema,
  type AccountId,
  type GenerationId,
  type KeyId,
  type WorkspaceId,
} from '@apilink/contracts';

import { HoldStoreUnavailable } from '../hold-store-unavailable.js';

/** What Redis answers: numbers, texts and lists of them. Whatever has another form is a broken answer. */
export function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw broken();
}

export function textAt(reply: readonly unknown[], index: number): string {
  const value = reply[index];
  if (typeof value === 'string') return value;
  throw broken();
}

/** Redis' integers: exact, for every amount is below 2^53. */
export function numberAt(reply: readonly unknown[], index: number): number {
  const value = reply[index];
  if (typeof value === 'number') return value;
  throw broken();
}

export function amountAt(reply: readonly unknown[], index: number): bigint {
  return BigInt(numberAt(reply, index));
}

export function numberOrNullAt(reply: readonly unknown[], index: number): number | null {
  return reply[index] === null ? null : numberAt(reply, index);
}

export function textOrNullAt(reply: readonly unknown[], index: number): string | null {
  return reply[index] === null ? null : textAt(reply, index);
}

/** Fields of a record; throws when one is missing. */
export function fieldsOf(text: string, count: number): readonly string[] {
  const fields = text.split(' ');
  if (fields.length === count) return fields;
  throw broken();
}

export function numberField(text: string | undefined): number {
  const value = Number(text);
  if (text !== undefined && text !== '' && Number.isFinite(value)) return value;
  throw broken();
}

export function numberFieldOrNull(text: string | undefined): number | null {
  return text === '-' ? null : numberField(text);
}

export function amountField(text: string | undefined): bigint {
  if (text !== undefined && /^-?\d+$/.test(text)) return BigInt(text);
  throw broken();
}

export function amountFieldOrNull(text: string | undefined): bigint | null {
  return text === '-' ? null : amountField(text);
}

/** The ids are those that this gate was told: they are looked at as often as needed, not parsed with each answer. */
export function accountIdOf(text: string | undefined): AccountId {
  return accountIdSchema.out.parse(text);
}
export function workspaceIdOf(text: string | undefined): WorkspaceId {
  return workspaceIdSchema.out.parse(text);
}
export function keyIdOf(text: string | undefined): KeyId {
  return keyIdSchema.out.parse(text);
}
export function holdIdOf(text: string | undefined): GenerationId {
  return generationIdSchema.out.parse(text);
}

export function broken(): HoldStoreUnavailable {
  return new HoldStoreUnavailable('a broken answer');
}
