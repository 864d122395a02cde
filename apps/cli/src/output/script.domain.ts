/**
 * The form of `--json`: what the API says, with amounts named as in the edge's answers (`holdNanoUsd` →
 * `hold_nano_usd`, decimal strings). Ids and all else keep their names.
 */
export function scriptForm(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => scriptForm(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [scriptName(key), scriptForm(field)]));
}

function scriptName(key: string): string {
  if (!key.endsWith('NanoUsd')) return key;
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
