import type { ImagePart, ImageSize, MediaFacts } from './media-part.js';

/** How a model counts what is no text. */
interface MediaFormula {
  readonly image: (image: ImagePart) => number;
  /** A page is read as text and as a picture. */
  readonly pageTokens: number;
  readonly audioTokensPerSecond: number;
}

/** Base64 characters of one second of sound in the thinnest usual encoding, 16 kbit/s. */
const AUDIO_CHARACTERS_PER_SECOND = 2_700;
/** A picture whose provider has no formula that we know: never below a tile, never above the dearest one. */
const UNKNOWN_IMAGE = { least: 258, most: 4_784 };

/**
 * Tokens that the model's provider counts for pictures, files and sound, at its most where only the provider can look.
 * Sources, as of 2026-11: OpenAI "Images and vision", Anthropic "Vision" and "PDF support", Google "Understand and count
 * tokens" and "Media resolution". What a newer model counts beyond these is covered by the hold's margin.
 */
export function mediaTokens(media: MediaFacts, modelId: string): number {
  const { images, moreImages, audioCharacters, pages, unpagedTokens } = media;
  if (images.length === 0 && media.audios === 0 && media.files === 0) return 0;
  const formula = formulaOf(modelId.toLowerCase());
  let tokens = unpagedTokens + pages * formula.pageTokens;
  tokens += (audioCharacters * formula.audioTokensPerSecond) / AUDIO_CHARACTERS_PER_SECOND;
  for (const image of images) tokens += formula.image(image);
  if (moreImages > 0) tokens += moreImages * formula.image({ size: null, detail: null });
  return Math.ceil(tokens);
}

function formulaOf(model: string): MediaFormula {
  const [author = ''] = model.split('/');
  if (author === 'openai') return { image: openAiImage(model), pageTokens: 2_600, audioTokensPerSecond: 10 };
  if (author === 'anthropic') {
    return { image: anthropicImage(model), pageTokens: 3_000 + 1_600, audioTokensPerSecond: 32 };
  }
  if (author === 'google') return { image: geminiImage(model), pageTokens: 1_120, audioTokensPerSecond: 32 };
  return { image: unknownImage, pageTokens: 3_000 + 1_600, audioTokensPerSecond: 32 };
}

function unknownImage({ size }: ImagePart): number {
  if (size === null) return UNKNOWN_IMAGE.most;
  return Math.min(UNKNOWN_IMAGE.most, Math.max(UNKNOWN_IMAGE.least, Math.ceil((size.width * size.height) / 750)));
}

/** Width × height / 750 after scaling down to the long edge; 1,600 at most, 4,784 from version 4.7 on. */
function anthropicImage(model: string): MediaFormula['image'] {
  const [, major = '9', minor = '0'] = /(\d+)(?:[.-](\d)(?!\d))?/.exec(model) ?? [];
  const isSharp = Number(major) > 4 || (Number(major) === 4 && Number(minor) >= 7);
  const [edge, most] = isSharp ? [2_576, 4_784] : [1_568, 1_600];
  return ({ size }) => {
    if (size === null) return most;
    const scale = Math.min(1, edge / Math.max(size.width, size.height));
    return Math.min(most, Math.ceil((size.width * scale * size.height * scale) / 750));
  };
}

/** 258 for each tile of 768 × 768 and for a small picture as a whole; from version 3 on 1,120 for any. */
function geminiImage(model: string): MediaFormula['image'] {
  const [, major = '3'] = /gemini-(\d+)/.exec(model) ?? [];
  if (Number(major) >= 3) return () => 1_120;
  return ({ size }) => {
    if (size === null) return 16 * 258;
    const { width, height } = size;
    if (width <= 384 && height <= 384) return 258;
    const unit = Math.min(768, Math.max(256, Math.floor(Math.min(width, height) / 1.5)));
    return Math.ceil(width / unit) * Math.ceil(height / unit) * 258;
  };
}

interface TilePrice {
  readonly base: number;
  readonly tile: number;
}

const tilePrices: readonly (readonly [RegExp, TilePrice])[] = [
  [/\/gpt-4o-mini/, { base: 2_833, tile: 5_667 }],
  [/\/(chatgpt-4o|gpt-4o|gpt-4\.1(?!-(mini|nano))|gpt-4\.5|gpt-4-)/, { base: 85, tile: 170 }],
  [/\/(o1|o3)/, { base: 75, tile: 150 }],
  [/\/computer-use/, { base: 65, tile: 129 }],
  [/\/gpt-5(\.1)?(?![.\d])(?!-(mini|nano))/, { base: 70, tile: 140 }],
];

function openAiImage(model: string): MediaFormula['image'] {
  const tiled = tilePrices.find(([names]) => names.test(model));
  if (tiled !== undefined) return (image) => openAiTiles(image, tiled[1]);
  if (model.includes('-nano')) return (image) => openAiPatches(image, 2.46, 1_536);
  if (model.includes('o4-mini')) return (image) => openAiPatches(image, 1.72, 1_536);
  if (model.includes('-mini')) return (image) => openAiPatches(image, 1.62, 1_536);
  // Newer ones: the dearer of both ways of counting.
  return (image) => Math.max(openAiTiles(image, { base: 85, tile: 170 }), openAiPatches(image, 1.2, 2_500));
}

/** Fitted into 2,048 × 2,048, then its shorter side to 768; a price for each tile of 512 × 512. */
function openAiTiles({ size, detail }: ImagePart, { base, tile }: TilePrice): number {
  if (detail === 'low') return base;
  if (size === null) return base + 8 * tile;
  const fit = Math.min(1, 2_048 / Math.max(size.width, size.height));
  const shrink = Math.min(1, 768 / (Math.min(size.width, size.height) * fit));
  const scale = fit * shrink;
  return base + Math.ceil(roundOff(size.width * scale) / 512) * Math.ceil(roundOff(size.height * scale) / 512) * tile;
}

/** A price for each patch of 32 × 32, of which a picture has `most` at most, 10,000 in its original size. */
function openAiPatches({ size, detail }: ImagePart, price: number, high: number): number {
  if (detail === 'low') return Math.ceil(256 * price);
  const most = detail === 'original' ? 10_000 : high;
  return Math.ceil((size === null ? most : patchesOf(size, most)) * price);
}

function patchesOf({ width, height }: ImageSize, most: number): number {
  const patches = Math.ceil(width / 32) * Math.ceil(height / 32);
  if (patches <= most) return patches;
  const shrink = Math.sqrt((32 * 32 * most) / (width * height));
  const [columns, rows] = [(width * shrink) / 32, (height * shrink) / 32];
  const fit = Math.min(1, shareOfWhole(columns), shareOfWhole(rows));
  return Math.min(most, Math.ceil(roundOff(columns * fit)) * Math.ceil(roundOff(rows * fit)));
}

/** By what a count shrinks to a whole one; one stays at least. */
function shareOfWhole(count: number): number {
  return Math.max(1, Math.floor(count)) / count;
}

/** A product of ratios that is a whole number but for the last digits. */
function roundOff(pixels: number): number {
  return Math.round(pixels * 1e6) / 1e6;
}
