import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { decodeSegment, encodeRecord } from './spool-record.domain.js';

/** A segment is closed at this size; it is removed as a whole once all of it is acknowledged. */
const SEGMENT_BYTES_MAX = 4 * 1024 * 1024;
const SEGMENT_NAME = /^usage-(\d{12})\.spool$/;

/** The file operations of one open segment; a port, so that a full disk can be played. */
export interface SegmentFile {
  /** Appends and returns when the bytes are on the disk (fsync). */
  append(bytes: Buffer): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}
export type OpenSegment = (path: string) => Promise<SegmentFile>;

export interface SpooledSegment {
  readonly number: number;
  readonly payloads: readonly Buffer[];
}

interface Segment {
  readonly number: number;
  bytes: number;
}

/** Append-only segments of checksummed records in one directory, owned by one process. */
export class SpoolRepository {
  #segments: Segment[] = [];
  #current: { segment: Segment; file: SegmentFile } | null = null;
  #lastNumber = 0;

  constructor(
    private readonly directory: string,
    private readonly openSegment: OpenSegment = openSegmentFile,
  ) {}

  /** Bytes of all segments that are not yet removed. */
  get bytes(): number {
    let sum = 0;
    for (const segment of this.#segments) sum += segment.bytes;
    return sum;
  }

  /** The number of the newest segment; 0 without any. */
  get newest(): number {
    return this.#segments.at(-1)?.number ?? 0;
  }

  /** Finds the segments that an earlier process left; new records always begin a segment of their own. */
  async open(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const names = await readdir(this.directory);
    const numbers = names
      .map((name) => Number(SEGMENT_NAME.exec(name)?.[1] ?? 0))
      .filter((number) => number > 0)
      .toSorted((left, right) => left - right);
    for (const number of numbers) {
      const content = await readFile(this.#path(number));
      this.#segments.push({ number, bytes: content.length });
      this.#lastNumber = number;
    }
  }

  /** Returns when all payloads are on the disk; after an error none of them counts as written. */
  async append(payloads: readonly Buffer[]): Promise<void> {
    const bytes = Buffer.concat(payloads.map(encodeRecord));
    const current = await this.#writable();
    try {
      await current.file.append(bytes);
      current.segment.bytes += bytes.length;
    } catch (error) {
      await this.#abandon(current);
      throw error;
    }
    if (current.segment.bytes >= SEGMENT_BYTES_MAX) await this.#closeCurrent();
  }

  /** The oldest segment with its whole records; null when there is none. Records appended later go to another one. */
  async oldest(): Promise<SpooledSegment | null> {
    const segment = this.#segments[0];
    if (segment === undefined) return null;
    if (this.#current?.segment === segment) await this.#closeCurrent();
    const { payloads } = decodeSegment(await readFile(this.#path(segment.number)));
    return { number: segment.number, payloads };
  }

  /** Every whole record, oldest first. */
  async readAll(): Promise<Buffer[]> {
    const payloads: Buffer[] = [];
    for (const segment of this.#segments) {
      payloads.push(...decodeSegment(await readFile(this.#path(segment.number))).payloads);
    }
    return payloads;
  }

  /** Forgets a segment whose records are all acknowledged. */
  async remove(number: number): Promise<void> {
    await rm(this.#path(number), { force: true });
    this.#segments = this.#segments.filter((segment) => segment.number !== number);
  }

  async close(): Promise<void> {
    await this.#closeCurrent();
  }

  async #writable(): Promise<{ segment: Segment; file: SegmentFile }> {
    if (this.#current !== null) return this.#current;
    const number = this.#lastNumber + 1;
    const file = await this.openSegment(this.#path(number));
    this.#lastNumber = number;
    const segment = { number, bytes: 0 };
    this.#segments.push(segment);
    this.#current = { segment, file };
    return this.#current;
  }

  /** A torn tail would hide what is appended behind it: the segment is cut to its last whole record and left alone. */
  async #abandon(current: { segment: Segment; file: SegmentFile }): Promise<void> {
    this.#current = null;
    await Promise.allSettled([current.file.truncate(current.segment.bytes).then(() => current.file.close())]);
    if (current.segment.bytes === 0) await this.remove(current.segment.number);
  }

  async #closeCurrent(): Promise<void> {
    const current = this.#current;
    this.#current = null;
    await current?.file.close();
  }

  #path(number: number): string {
    return join(this.directory, `usage-${String(number).padStart(12, '0')}.spool`);
  }
}

async function openSegmentFile(path: string): Promise<SegmentFile> {
  const handle = await open(path, 'a', 0o600);
  await keepName(dirname(path));
  return {
    append: async (bytes) => {
      await handle.appendFile(bytes);
      await handle.datasync();
    },
    truncate: async (length) => handle.truncate(length),
    close: async () => handle.close(),
  };
}

/** A new file's name is on the disk only when its folder is: a power cut would leave the bytes without it. */
async function keepName(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
