import { emptyUsage } from '@apilink/pricing';

import { isRecord, listOf } from '../json/records.js';
import { UsageCounts } from './usage-counts.js';
import { noReading, readingOf, refusedReading, type UsageReader, type UsageReading } from './usage-reading.js';

const completedEvents: ReadonlySet<unknown> = new Set(['image_generation.completed', 'image_edit.completed']);

/**
 * Image generation and edits: the images made, and the tokens where the model tells them (gpt-image). Its output tokens are
 * those of images, but for what `output_tokens_details` calls text. A stream ends each image with an event of its own,
 * which tells what that image used; partial images are not counted.
 */
export class ImagesUsageReader implements UsageReader {
  private sum = { ...emptyUsage, requests: 1 };
  private problem: string | null = null;

  note(document: unknown): void {
    if (!isRecord(document)) return;
    if (completedEvents.has(document['type'])) this.add(1, document['usage']);
    else if (Array.isArray(document['data'])) this.add(listOf(document['data']).length, document['usage']);
  }

  get reading(): UsageReading {
    if (this.problem !== null) return refusedReading(this.problem, null);
    return this.sum.images === 0 && this.sum.output === 0 ? noReading(null) : readingOf(this.sum, null);
  }

  private add(images: number, usage: unknown): void {
    this.sum = { ...this.sum, images: this.sum.images + images };
    if (!isRecord(usage)) {
      if (usage !== undefined && usage !== null) this.problem ??= 'usage is not an object';
      return;
    }
    const counts = new UsageCounts();
    const inputDetails = counts.details(usage, 'input_tokens_details');
    const outputDetails = counts.details(usage, 'output_tokens_details');
    const output = counts.required(usage, 'output_tokens');
    const imageTokens =
      outputDetails['image_tokens'] === undefined ? output : counts.first(outputDetails, ['image_tokens']);
    this.sum = {
      ...this.sum,
      input: this.sum.input + counts.required(usage, 'input_tokens'),
      cacheRead: this.sum.cacheRead + counts.first(inputDetails, ['cached_tokens']),
      imageInput: this.sum.imageInput + counts.first(inputDetails, ['image_tokens']),
      output: this.sum.output + output,
      imageOutput: this.sum.imageOutput + imageTokens,
    };
    this.problem ??= counts.problem;
  }
}
