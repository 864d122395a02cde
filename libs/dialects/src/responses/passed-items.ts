import type { ToldStream } from '../call/told-stream.js';
import { isRecord } from '../json/records.js';
import { piecesWith } from '../json/byte-edits.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { cutItem, type Delta, type RunningItem } from './item-record.js';
import { eventMembers } from './event-edits.js';
import { itemEdits } from './response-edits.js';

/** What is remembered of one answer; beyond it no item is ended by us, and none repeated. */
const REMEMBERED_BYTES_MAX = 8 * 1024 * 1024;

/** The output items that passed: what the last event says when its upstream leaves them out, or when we end the answer. */
export class PassedItems {
  private readonly running = new Map<number, RunningItem>();
  /** JSON of the finished items. */
  private readonly finished = new Map<number, string>();
  private bytes = 0;

  /** Items in their order. */
  get list(): string[] {
    return [...this.finished].toSorted(([one], [other]) => one - other).map(([, item]) => item);
  }

  /** The index of an item whose upstream numbers none. */
  get next(): number {
    return this.finished.size;
  }

  begin(index: number, item: JsonRecord): void {
    this.running.set(index, { item, deltas: [] });
  }

  delta(index: number, delta: Delta): void {
    const running = this.running.get(index);
    if (running !== undefined && this.fits(delta.text.length)) running.deltas.push(delta);
  }

  end(index: number, data: Buffer): void {
    this.running.delete(index);
    const { item } = eventMembers(data);
    if (item === null || !this.fits(item.end - item.start)) return;
    this.finished.set(index, Buffer.concat(piecesWith(data, item, itemEdits(data, item.start))).toString());
  }

  /** The last events of everything that is open. */
  cut(told: ToldStream): string {
    let events = '';
    for (const [index, running] of [...this.running].toSorted(([one], [other]) => one - other)) {
      const ended = cutItem(running, index, told);
      events += ended.events;
      this.finished.set(index, ended.item);
    }
    this.running.clear();
    return events;
  }

  private fits(bytes: number): boolean {
    this.bytes += bytes;
    return this.bytes <= REMEMBERED_BYTES_MAX;
  }
}

/** A call is content as soon as it is named. */
export function isCall(item: unknown): boolean {
  return isRecord(item) && (item['type'] === 'function_call' || item['type'] === 'custom_tool_call');
}
