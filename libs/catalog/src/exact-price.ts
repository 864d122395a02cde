import { ExactNumber } from './literal.js';

/** The decimals that a price may have here. */
const PLACES = 9;
/** How far a figure may lie from nine decimals and still be taken for a rest of float arithmetic. */
const ARTEFACT_PLACES = 15;

interface Fraction {
  /** The figure is `digits` ÷ 10^`scale`. */
  readonly digits: bigint;
  readonly scale: number;
}

const form = /^(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,3}))?$/;

function fractionOf(text: string): Fraction | null {
  const match = form.exec(text);
  const [, whole = '', decimals = '', exponent = '0'] = match ?? [];
  if (match === null || whole + decimals === '') return null;
  const scale = decimals.length - Number(exponent);
  const digits = BigInt(whole + decimals);
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
}

/**
 * The decimal string of a price: `figure` divided by `per`, with at most nine decimals and no float on the way. What has
 * more is rounded up, so that we never sell below a list price; a rest of float arithmetic (0.18000000000000002) is taken
 * for what it stands for. Null for anything but a plain figure from zero.
 */
export function exactPrice(figure: ExactNumber, per: bigint = 1n): string | null {
  const fraction = fractionOf(figure.text);
  if (fraction === null) return null;
  const { digits, scale } = withoutArtefact(fraction);
  const divisor = 10n ** BigInt(scale) * per;
  const scaled = digits * 10n ** BigInt(PLACES);
  return decimalText((scaled + divisor - 1n) / divisor);
}

/** Floats are exact to some fifteen digits: what lies beyond is their arithmetic, not a price. */
function withoutArtefact({ digits, scale }: Fraction): Fraction {
  if (scale <= ARTEFACT_PLACES) return { digits, scale };
  const cut = 10n ** BigInt(scale - ARTEFACT_PLACES);
  return { digits: (digits + cut / 2n) / cut, scale: ARTEFACT_PLACES };
}

function decimalText(nano: bigint): string {
  const text = nano.toString().padStart(PLACES + 1, '0');
  const whole = text.slice(0, -PLACES);
  const decimals = text.slice(-PLACES).replace(/0+$/, '');
  return decimals === '' ? whole : `${whole}.${decimals}`;
}
