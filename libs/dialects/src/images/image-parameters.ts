import type { RequestProblem } from '../call/request-problem.js';
import { estimateTokens } from '../tokens/token-estimator.js';
import type { AskedPicture } from './image-tokens.js';

const CHOICES_MAX = 128;
const PARTIAL_IMAGES_MAX = 16;
const PROMPT_CHARACTERS_MAX = 131_072;
const MODEL_CHARACTERS_MAX = 200;

/** Parameters of a document or of a form. */
export interface ImageParameterSource {
  problem: RequestProblem | null;
  requiredText(key: string, charactersMax: number): string;
  text256(key: string): string | null;
  count(key: string, max: number | null): number | null;
  flag(key: string): boolean;
  refuse(key: string, expected: string): void;
}

/** What generations and edits have in common. */
export interface ImageParameters extends AskedPicture {
  readonly model: string;
  readonly promptTokens: number;
  readonly images: number;
  readonly stream: boolean;
}

export function readImageParameters(source: ImageParameterSource, partial: number): ImageParameters {
  const model = source.requiredText('model', MODEL_CHARACTERS_MAX);
  const prompt = source.requiredText('prompt', PROMPT_CHARACTERS_MAX);
  const partialImages = partial;
  if (!Number.isInteger(partial) || partial < 0 || partial > PARTIAL_IMAGES_MAX) {
    source.refuse('partial_images', `a whole number from 0 to ${PARTIAL_IMAGES_MAX}`);
  }
  return {
    model,
    promptTokens: estimateTokens(prompt) + 3,
    images: source.count('n', CHOICES_MAX) ?? 1,
    size: source.text256('size'),
    quality: source.text256('quality'),
    partialImages,
    stream: source.flag('stream'),
  };
}
