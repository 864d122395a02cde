import { compactedAnswer, inputItemsOf, toldUnstored } from '@apilink/dialects';

import type { IdempotencyClaim } from '../idempotency/idempotency-claim.entity.js';
import type { ResponseStore } from '../responses/response-store.service.js';
import { identified } from '../responses/stored-item.domain.js';
import { AnswerRecorder } from './answer-recorder.entity.js';
import { lastingOf } from './kept-answer.domain.js';

/** The answer is to be stored. */
export interface Storing {
  /** Null where nothing can be stored: the client is told so. */
  readonly responses: Pick<ResponseStore, 'save'> | null;
  readonly accountId: string;
  /** The request without the conversation before it. */
  readonly own: Buffer;
}

/** The answer is the summary of a context, to be told as a compaction. */
export interface Compacting {
  readonly context: Buffer;
  readonly seal: (summary: Buffer) => Buffer;
  readonly newId: () => string;
}

export interface KeptCallFacts {
  /** The stored response whose conversation stands in the body. */
  readonly previousResponseId: string | null;
  /** What is planned, held and sent in place of what the client wrote. */
  readonly body: Buffer;
  readonly storing: Storing | null;
  readonly compacting: Compacting | null;
}

/** The last bytes of a good answer, before they go out. */
export interface LastBytes {
  readonly bytes: Buffer;
  /** The whole resource in them, in dialects that have one. */
  readonly resource: Buffer | null;
}

/** What one call keeps, from its body to the last byte of its answer. */
export class KeptCall {
  /** The key that it came under; null without one. */
  claim: IdempotencyClaim | null = null;
  #recorder: AnswerRecorder | null = null;

  constructor(private readonly facts: KeptCallFacts) {}

  get previousResponseId(): string | null {
    return this.facts.previousResponseId;
  }

  get body(): Buffer {
    return this.facts.body;
  }

  /** What takes down the answer as the client gets it; null when it is not given again. */
  get recorder(): AnswerRecorder | null {
    if (this.claim === null) return null;
    this.#recorder ??= new AnswerRecorder();
    return this.#recorder;
  }

  /** A good answer ends: gives the bytes that the client is told, once everything is kept that can be. Never rejects. */
  async finishStream(generation: string, last: LastBytes): Promise<Buffer> {
    const bytes = await this.#store(last);
    const { recorder } = this;
    if (recorder !== null) {
      recorder.take(bytes);
      await this.#keep(generation, recorder);
    }
    return bytes;
  }

  /** The same of an answer that goes out whole. */
  async finishWhole(generation: string, headers: readonly string[], body: Buffer): Promise<Buffer> {
    const told = this.#compacted(body) ?? (await this.#store({ bytes: body, resource: body }));
    const { recorder } = this;
    if (recorder !== null) {
      recorder.begin(200, headers);
      recorder.take(told);
      await this.#keep(generation, recorder);
    }
    return told;
  }

  /** There is no whole answer: the key is free again, unless something was charged. Never rejects. */
  async fail(generation: string, isCharged: boolean): Promise<void> {
    if (isCharged) await this.claim?.keep(generation, null);
    else await this.claim?.release();
  }

  /** It was never admitted. Never rejects. */
  async refused(): Promise<void> {
    await this.claim?.release();
  }

  async #keep(generation: string, { status, headers, body }: AnswerRecorder): Promise<void> {
    await this.claim?.keep(generation, body === null ? null : { status, headers: lastingOf(headers), body });
  }

  async #store({ bytes, resource }: LastBytes): Promise<Buffer> {
    const { storing, previousResponseId } = this.facts;
    if (storing === null || resource === null) return bytes;
    const { responses, ...request } = storing;
    const isStored = responses !== null && (await responses.save({ ...request, previousResponseId, resource }));
    return isStored ? bytes : toldUnstored(bytes, resource);
  }

  #compacted(resource: Buffer): Buffer | null {
    const { compacting } = this.facts;
    if (compacting === null) return null;
    const { context, seal, newId } = compacting;
    const items = identified(inputItemsOf(context), newId);
    return compactedAnswer({ resource, items, itemId: `cmp_apl${newId()}`, seal });
  }
}
