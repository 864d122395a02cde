import type { VerifiedIdentity } from '@apilink/contracts';
import { parseUsd, type NanoUsd } from '@apilink/money';
import { InvalidArgumentError } from 'commander';

/** Parsers of option values. Each throws commander's InvalidArgumentError, which ends the process with exit code 2. */

/** USD with at most nine decimals, exact. */
export function usdOption(text: string): NanoUsd {
  const amount = parseUsd(text);
  if (amount === null)
    throw new InvalidArgumentError('Expected US dollars with at most nine decimals, like 25 or 0.5.');
  return amount;
}

/** What takes a limit away. Commander turns a null of a parser into an empty string, so it has a word of its own. */
export type Taken = 'none';

/** Null for `none`: the API's word for "no limit". */
export function orNull<Value>(option: Value | Taken): Value | null {
  return option === 'none' ? null : option;
}

/** A name: some text, as billing takes it. */
export function nameOption(text: string): string {
  const name = text.trim();
  if (name === '') throw new InvalidArgumentError('A name has at least one character.');
  return name;
}

/** `email:…` or `phone:…`; billing reads the value. */
export function identityOption(text: string): VerifiedIdentity {
  const [, kind, value = ''] = /^(email|phone):\s*(\S.*)$/.exec(text) ?? [];
  if (kind !== 'email' && kind !== 'phone') {
    throw new InvalidArgumentError('Expected email:somebody@example.com or phone:+8613800138000.');
  }
  return { kind, value: value.trim() };
}

/** A cap: USD above zero, or `none`. */
export function capOption(text: string): NanoUsd | Taken {
  if (text === 'none') return text;
  const amount = usdOption(text);
  if (amount === 0n) throw new InvalidArgumentError('A cap is above zero; `none` takes it away.');
  return amount;
}

/** A budget: USD, zero included, or `none`. */
export function budgetOption(text: string): NanoUsd | Taken {
  return text === 'none' ? text : usdOption(text);
}

/** A whole number above zero, or `none` for the installation's default. */
export function limitOption(text: string): number | Taken {
  return text === 'none' ? text : countOption(text);
}

/** A whole number above zero. */
export function countOption(text: string): number {
  if (!/^[1-9]\d{0,11}$/.test(text)) throw new InvalidArgumentError('Expected a whole number above zero.');
  return Number(text);
}

/** What billing answers in one page at most. */
const pageRowsMax = 500;

/** Rows of one page. */
export function pageOption(text: string): number {
  const rows = countOption(text);
  if (rows > pageRowsMax) {
    throw new InvalidArgumentError(`A page has at most ${pageRowsMax} rows; --cursor goes on where it ended.`);
  }
  return rows;
}

/** Model ids separated by commas, or `all`: no list. */
export function modelsOption(text: string): string[] | Taken {
  if (text === 'all') return 'none';
  const models = text.split(',').map((model) => model.trim());
  if (models.includes('')) throw new InvalidArgumentError('Expected model ids separated by commas, or `all`.');
  return models;
}

const unitMs = new Map([
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** `never`, an instant or day of ISO 8601 (UTC unless it says otherwise), or a span from `now` like `90d`, `12h`, `30m`. */
export function expiryOption(text: string, now: number): number | Taken {
  if (text === 'never') return 'none';
  const span = /^([1-9]\d{0,5})([mhd])$/.exec(text);
  const at = span === null ? instant(text) : now + Number(span[1]) * (unitMs.get(span[2] ?? '') ?? Number.NaN);
  if (Number.isNaN(at)) {
    throw new InvalidArgumentError('Expected `never`, a span like 90d, or an instant like 2027-01-31T12:00:00Z.');
  }
  if (at <= now) throw new InvalidArgumentError('It lies in the past.');
  return at;
}

/** An instant or day of ISO 8601 (UTC unless it says otherwise), or a span before `now` like `30d`, `12h`, `30m`. */
export function pastOption(text: string, now: number): number {
  const span = /^([1-9]\d{0,5})([mhd])$/.exec(text);
  const at = span === null ? instant(text) : now - Number(span[1]) * (unitMs.get(span[2] ?? '') ?? Number.NaN);
  if (Number.isNaN(at) || at < 0) {
    throw new InvalidArgumentError('Expected an instant like 2026-01-31T12:00:00Z, a day, or a span like 30d.');
  }
  if (at > now) throw new InvalidArgumentError('It lies in the future.');
  return at;
}

/** A day of the calendar, like 2026-01-31. */
export function dayOption(text: string): string {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  const isDay = !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
  if (!isDay) throw new InvalidArgumentError('Expected a day like 2026-01-31.');
  return text;
}

function instant(text: string): number {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const isInstant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?$/.test(text);
  if (!isDay && !isInstant) return Number.NaN;
  const hasZone = isDay || /(Z|[+-]\d{2}:\d{2})$/.test(text);
  return Date.parse(hasZone ? text : `${text}Z`);
}
