import { emptyUsage, type UsageVector } from '@apilink/pricing';

import type { WholeAnswer } from '../call/answer-stream.js';
import type { CallFace } from '../call/call.js';
import { isRecord } from '../json/records.js';
import { OPEN_BRACKET } from '../json/json-bytes.js';
import { elementsOf } from '../json/json-members.js';
import { AnswerDocument } from '../passing/answer-document.js';
import { failedAnswer, foreignAnswer, passedAnswer } from '../passing/answer-reading.js';
import { PassedEvents } from '../passing/passed-events.js';
import type { OwnUsage } from '../passing/passed-usage.js';
import { ImagesUsageReader } from '../usage/images-usage.js';
import { noReading, type UsageReader, type UsageReading } from '../usage/usage-reading.js';
import type { ImageParameters } from './image-parameters.js';
import { outputTokensOfPicture } from './image-tokens.js';

/** What was asked for, with the input tokens of all of it. */
export interface AskedImages extends ImageParameters {
  readonly inputTokens: number;
}

/** An answer with pictures; they pass as they came. One without a picture is no answer. */
export function readImagesAnswer(body: Buffer, asked: AskedImages, face: CallFace): WholeAnswer {
  const document = AnswerDocument.read(body);
  if (document === null) return foreignAnswer;
  const { failure } = document;
  if (failure !== null) return failedAnswer(failure);
  const images = imagesOf(document);
  if (images === 0) return foreignAnswer;
  return passedAnswer({
    told: toldUsage(document, images),
    counted: countedImages(asked, images),
    write: (closing, keepsUsage) => {
      const answer = document.edited({ model: face.model, keepsUsage, ownUsage: ownUsage(closing.usage), closing });
      return { contentType: 'application/json', body: answer };
    },
  });
}

function imagesOf(document: AnswerDocument): number {
  const data = document.member('data');
  if (data === null || document.body[data.valueStart] !== OPEN_BRACKET) return 0;
  return [...elementsOf(document.body, data.valueStart)].length;
}

/** Null where the upstream told none: a model that is sold by tokens would be free by its pictures alone. */
function toldUsage(document: AnswerDocument, images: number): UsageReading {
  const usage = document.value('usage');
  if (!isRecord(usage)) return noReading(null);
  const reader = new ImagesUsageReader();
  reader.note({ data: Array.from({ length: images }, () => null), usage });
  return reader.reading;
}

/** By the size and quality asked for; a model that is sold by the picture has no price for the tokens. */
export function countedImages(asked: AskedImages, images: number): UsageVector {
  const output = outputTokensOfPicture(asked) * images;
  return { ...emptyUsage, input: asked.inputTokens, output, imageOutput: output, images, requests: 1 };
}

function ownUsage({ input, output, images }: UsageVector): OwnUsage {
  return { images, input_tokens: input, output_tokens: output, total_tokens: input + output };
}

const lastTypes: ReadonlySet<string> = new Set(['image_generation.completed', 'image_edit.completed']);

/** A stream of pictures, partial ones before each whole one. */
export function openImageEvents(asked: AskedImages, face: CallFace): PassedEvents {
  const usage = new StreamedImagesUsage();
  return new PassedEvents({
    lastTypes,
    lastCount: asked.images,
    usage,
    counted: () => countedImages(asked, Math.max(usage.images, 1)),
    ownUsage,
    model: face.model,
    eventOf: () => null,
  });
}

/** Told only when every picture told its tokens. */
class StreamedImagesUsage implements UsageReader {
  images = 0;
  private readonly reader = new ImagesUsageReader();
  private isTold = true;

  note(document: unknown): void {
    if (!isRecord(document) || typeof document['type'] !== 'string' || !lastTypes.has(document['type'])) return;
    this.images++;
    this.isTold &&= isRecord(document['usage']);
    this.reader.note(document);
  }

  get reading(): UsageReading {
    return this.isTold ? this.reader.reading : noReading(null);
  }
}
