/** Thousandths of a second that one character takes to be spoken, at its slowest. */
const LETTER_MS = 125;
const SPACE_MS = 150;
/** A syllable, or more. */
const IDEOGRAPH_MS = 450;
/** "9" is "nine", "€" is "euros". */
const SIGN_MS = 700;
/** Silence before and after. */
const FRAME_MS = 5_000;
const SPEED_MIN = 0.25;

/** How many audio tokens a second of speech is: 1,250 a minute (OpenAI, gpt-4o-mini-tts), and half as many again. */
const AUDIO_TOKENS_PER_SECOND_MAX = 32;

export interface SpokenText {
  /** Unicode code points: what models that are sold by the character count. */
  readonly characters: number;
  /** Spoken as slowly as it may be. */
  readonly milliseconds: number;
}

export function spokenText(text: string, speed: number | null): SpokenText {
  let characters = 0;
  let milliseconds = FRAME_MS;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const isPair = code >= 0xd800 && code <= 0xdbff && isLowSurrogate(text.charCodeAt(at + 1));
    if (isPair) at++;
    characters++;
    milliseconds += isPair ? SIGN_MS : slowest(code);
  }
  const pace = Math.min(1, Math.max(SPEED_MIN, speed ?? 1));
  return { characters, milliseconds: Math.ceil(milliseconds / pace) };
}

/** Audio output tokens of so much speech, at their most. */
export function spokenTokensMax(milliseconds: number): number {
  return Math.ceil((milliseconds * AUDIO_TOKENS_PER_SECOND_MAX) / 1000);
}

/** What so much speech is expected to be, where the upstream told none. */
export function spokenTokens(milliseconds: number): number {
  return Math.ceil((milliseconds * 1250) / 60_000);
}

function slowest(code: number): number {
  if (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) return SPACE_MS;
  if ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a) return LETTER_MS;
  if (code < 0xc0) return code === 0x27 || code === 0x2c || code === 0x2e ? SPACE_MS : SIGN_MS;
  // Letters with accents, Greek, Cyrillic, Hebrew, Arabic.
  if (code < 0x0900) return LETTER_MS * 2;
  return IDEOGRAPH_MS;
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}
