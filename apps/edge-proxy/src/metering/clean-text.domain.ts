/**
 * A text of somebody else's as an event may carry it: at most `unitsMax` UTF-16 units, which is what schemas count, and
 * never half a character. Postgres stores neither a lone surrogate nor U+0000; each becomes U+FFFD.
 */
export function cleanText(text: string | null, unitsMax: number): string | null {
  if (text === null) return null;
  const isCut = text.length > unitsMax;
  const cutsPair = isCut && isHighSurrogate(text.charCodeAt(unitsMax - 1));
  const kept = isCut ? text.slice(0, cutsPair ? unitsMax - 1 : unitsMax) : text;
  return kept.replaceAll(/\p{Surrogate}/gu, '\uFFFD').replaceAll('\u0000', '\uFFFD');
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
