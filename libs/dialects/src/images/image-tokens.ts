/**
 * Output tokens of a picture by its area, at their most of any model known in 2026-11: OpenAI's table of gpt-image-1 (272,
 * 1,056 and 4,160 for 1024 × 1024) is exactly proportional to the area; gpt-image-2 takes up to 7,033 for the same.
 * What `xhigh` and `max` of later ones take is not published: each is assumed to double the one below.
 */
const tokensPerSquare: Readonly<Record<string, number>> = {
  low: 500,
  medium: 1_900,
  standard: 7_500,
  high: 7_500,
  hd: 7_500,
  xhigh: 15_000,
  max: 30_000,
};
/** Also for `auto`, and for words that we do not know. */
const USUAL_TOKENS = 7_500;
/** 1024 × 1024. */
const SQUARE_PIXELS = 1_048_576;
/** Of the sizes that `auto` chooses from. */
const AUTO_PIXELS = 1_536 * 1_024;
/** The largest that any model makes: for sizes in words ("4K", "16:9"). */
const LARGEST_PIXELS = 3_840 * 2_160;
const LEAST_TOKENS = 200;
/** OpenAI, "Image generation", streaming: each partial image adds 100 output tokens. */
const PARTIAL_TOKENS = 100;
/** Words that a model may write beside a picture; they count as output too. */
const TEXT_TOKENS = 256;

/**
 * Input tokens of one picture to be edited, at their most: 65 + 4 tiles of 129 when its shorter side is 512 pixels, and 6,240
 * for high fidelity (OpenAI, "Image generation", input fidelity).
 */
export const INPUT_IMAGE_TOKENS = 6_821;

export interface AskedPicture {
  /** `1024x1024`, `auto`, or a word of another provider; null when absent. */
  readonly size: string | null;
  readonly quality: string | null;
  readonly partialImages: number;
}

/** Output tokens of one picture at their most. */
export function outputTokensOfPicture({ size, quality, partialImages }: AskedPicture): number {
  const tokens = tokensPerSquare[quality ?? 'auto'] ?? USUAL_TOKENS;
  const area = Math.ceil((pixelsOf(size) * tokens) / SQUARE_PIXELS);
  return Math.max(LEAST_TOKENS, area) + TEXT_TOKENS + partialImages * PARTIAL_TOKENS;
}

function pixelsOf(size: string | null): number {
  if (size === null || size === 'auto') return AUTO_PIXELS;
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/i.exec(size) ?? [];
  return width === undefined || height === undefined ? LARGEST_PIXELS : Number(width) * Number(height);
}
