import { createHash } from 'node:crypto';

import { z } from 'zod';

import { pictureSize } from '../answer/picture.domain.js';
import { event, whole, WorkRefusal, wordsOf, type Work, type WorkAnswer } from '../work/work.domain.js';
import { palettePng, type Color } from './png.domain.js';

const EDGE_MAX = 2_048;
const TILES = 8;
const COLORS = 16;
/** Output tokens of 1024 × 1024, as OpenAI's table has them. */
const tokensOfQuality: Readonly<Record<string, number>> = { low: 272, medium: 1_056, high: 4_160, auto: 1_056 };
const INPUT_IMAGE_TOKENS = 323;

const requestSchema = z.looseObject({
  model: z.string(),
  prompt: z.string().min(1),
  n: z.coerce.number().int().min(1).max(10).default(1),
  size: z
    .string()
    .regex(/^(auto|\d{1,4}x\d{1,4})$/)
    .default('auto'),
  quality: z.enum(['low', 'medium', 'high', 'auto']).default('auto'),
  response_format: z.enum(['b64_json', 'url']).default('b64_json'),
  stream: z.union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')]).default(false),
  partial_images: z.coerce.number().int().min(0).max(3).default(0),
  user: z.string().nullish(),
});

type ImageRequest = z.output<typeof requestSchema>;

/** Pictures that go into an edit: what is made follows from them and from the prompt. */
export interface EditedPictures {
  readonly files: readonly Buffer[];
}

/** A picture of coloured tiles, the same for the same prompt, in the size asked for. */
export function readImage(body: unknown, edited: EditedPictures | null): { work: Work; answer: () => WorkAnswer } {
  const parsed = requestSchema.safeParse(body);
  if (!parsed.success) throw new WorkRefusal('prompt', z.prettifyError(parsed.error));
  const request = parsed.data;
  const size = sizeOf(request, edited);
  if (Math.max(size.width, size.height) > EDGE_MAX || Math.min(size.width, size.height) < 1) {
    throw new WorkRefusal('size', `This provider paints up to ${EDGE_MAX} × ${EDGE_MAX}.`);
  }
  const { model, stream, user = null } = request;
  const paint = (index: number): Buffer => painted(`${request.prompt}#${index}${digestOf(edited)}`, size);
  return {
    work: { dialect: 'images', model, stream, user },
    answer: () => {
      const facts = { request, size, edited };
      return stream ? streamed(facts, paint) : wholeAnswer(facts, paint);
    },
  };
}

interface ImageFacts {
  readonly request: ImageRequest;
  readonly size: { readonly width: number; readonly height: number };
  readonly edited: EditedPictures | null;
}

function wholeAnswer(facts: ImageFacts, paint: (index: number) => Buffer): WorkAnswer {
  const { request, size } = facts;
  const data = Array.from({ length: request.n }, (_unused, index) => {
    const base64 = paint(index).toString('base64');
    return request.response_format === 'url' ? { url: `data:image/png;base64,${base64}` } : { b64_json: base64 };
  });
  return whole({
    created: 1_767_225_600,
    data,
    background: 'opaque',
    output_format: 'png',
    quality: request.quality,
    size: `${size.width}x${size.height}`,
    usage: usageOf(facts, request.n),
  });
}

function streamed(facts: ImageFacts, paint: (index: number) => Buffer): WorkAnswer {
  const { request, edited, size } = facts;
  const kind = edited === null ? 'image_generation' : 'image_edit';
  const common = { created_at: 1_767_225_600, size: `${size.width}x${size.height}`, quality: request.quality };
  const look = { ...common, background: 'opaque', output_format: 'png' };
  function* events(): Generator<string> {
    for (let index = 0; index < request.n; index++) {
      const b64_json = paint(index).toString('base64');
      for (let partial = 0; partial < request.partial_images; partial++) {
        yield event(`${kind}.partial_image`, { b64_json, partial_image_index: partial, ...look });
      }
      yield event(`${kind}.completed`, { b64_json, ...look, usage: usageOf(facts, 1) });
    }
  }
  return { contentType: 'text/event-stream; charset=utf-8', pieces: events(), isWhole: false };
}

function usageOf({ request, size, edited }: ImageFacts, images: number): object {
  const words = wordsOf(request.prompt).length;
  const pictures = (edited?.files.length ?? 0) * INPUT_IMAGE_TOKENS;
  const each = Math.ceil(((tokensOfQuality[request.quality] ?? 0) * size.width * size.height) / 1_048_576);
  const output = each * images + (request.stream ? request.partial_images * 100 : 0);
  return {
    input_tokens: words + pictures,
    input_tokens_details: { text_tokens: words, image_tokens: pictures },
    output_tokens: output,
    total_tokens: words + pictures + output,
  };
}

function sizeOf({ size }: ImageRequest, edited: EditedPictures | null): { width: number; height: number } {
  const [width, height] = size.split('x').map(Number);
  if (width !== undefined && height !== undefined) return { width, height };
  const [file] = edited?.files ?? [];
  const own = file === undefined ? null : pictureSize(file.toString('base64'));
  return own ?? { width: 1_024, height: 1_024 };
}

function digestOf(edited: EditedPictures | null): string {
  return edited?.files.map((file) => createHash('sha256').update(file).digest('hex')).join('') ?? '';
}

/** Mirrored tiles in sixteen colours, both by the seed's hash. */
function painted(seed: string, size: { readonly width: number; readonly height: number }): Buffer {
  const hash = createHash('sha512').update(seed).digest();
  const palette: Color[] = Array.from({ length: COLORS }, (_unused, index) => ({
    red: hash[index] ?? 0,
    green: hash[index + COLORS] ?? 0,
    blue: hash[index + 2 * COLORS] ?? 0,
  }));
  return palettePng(size, palette, (x, y) => {
    const column = Math.floor((x * TILES) / size.width);
    const row = Math.floor((y * TILES) / size.height);
    const mirrored = Math.min(column, TILES - 1 - column);
    return ((hash[(row * 4 + mirrored) % hash.length] ?? 0) + row) % COLORS;
  });
}
