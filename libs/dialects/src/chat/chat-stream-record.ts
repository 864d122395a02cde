import type { UsageVector } from '@apilink/pricing';

import type { ChatUsageQuirks } from './chat-usage-quirks.js';
import type { StreamRemains } from './chat-stream-ending.js';
import { chatUsage } from './chat-usage.js';
import { ChoiceProgress } from './choice-progress.js';
import { NULL_VALUE, type ChunkFace } from './chunk-edits.js';
import type { ChunkReading } from './chunk-reading.js';
import { walkChunk } from './chunk-walk.js';

interface RecordOptions {
  readonly model: string | null;
  readonly id: string | null;
  readonly standIn: { readonly id: string; readonly createdSeconds: number };
  readonly choices: number;
  readonly includeUsage: boolean;
  readonly quirks: ChatUsageQuirks;
}

/** What has been learned of a stream so far, and what is held of it. */
export class ChatStreamRecord {
  readonly progress: ChoiceProgress;
  /** What every chunk is given for the client. The first id stays for the whole stream. */
  face: ChunkFace;
  id: string | null;
  usage: UsageVector | null = null;
  usageProblem: string | null = null;
  serviceTier: string | null = null;
  /** Chunks behind the finish reason, the finishing one first. */
  readonly held: Buffer[] = [];
  usageChunk: Buffer | null = null;
  private usageBytes: Buffer | null = null;
  private created: number | null = null;
  private upstreamModel: string | null = null;

  constructor(private readonly options: RecordOptions) {
    this.progress = new ChoiceProgress(options.choices);
    this.id = options.id;
    this.face = {
      id: jsonText(options.id),
      model: jsonText(options.model),
      usage: NULL_VALUE,
      omitsNullUsage: !options.includeUsage,
      finishReason: NULL_VALUE,
    };
  }

  get heldBytes(): number {
    return this.held.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  note(reading: ChunkReading, chunk: Buffer): void {
    if (this.id === null && reading.id !== null) {
      this.id = reading.id;
      this.face = { ...this.face, id: jsonText(reading.id) };
    }
    this.created ??= reading.created;
    this.upstreamModel ??= reading.model;
    this.serviceTier = reading.serviceTier ?? this.serviceTier;
    this.progress.note(reading.choices ?? []);
    if (reading.usage !== null) this.noteUsage(reading.usage, chunk);
  }

  /** A figure that cannot be true takes the place of an earlier one: which of the two to believe is not ours to guess. */
  private noteUsage(usage: Record<string, unknown>, chunk: Buffer): void {
    const { usage: vector, problem } = chatUsage(usage, this.options.quirks);
    this.usage = vector;
    this.usageProblem = problem;
    const range = walkChunk(chunk, 0, chunk.length).usage;
    this.usageBytes = vector === null || range === null ? null : Buffer.from(chunk.subarray(range.start, range.end));
  }

  remains(): StreamRemains {
    const { standIn, model } = this.options;
    return {
      held: this.held,
      usageChunk: this.usageChunk,
      usage: this.usageBytes,
      openChoices: this.progress.open,
      face: this.face,
      head: {
        id: this.id ?? standIn.id,
        createdSeconds: this.created ?? standIn.createdSeconds,
        model: model ?? this.upstreamModel ?? '',
      },
    };
  }
}

function jsonText(text: string | null): Buffer | null {
  return text === null ? null : Buffer.from(JSON.stringify(text));
}
