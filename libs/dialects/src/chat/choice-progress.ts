import type { ChoiceReading } from './chunk-reading.js';

/** Which choices of an answer have begun and ended. */
export class ChoiceProgress {
  private readonly reasons = new Map<number, string | null>();

  constructor(private readonly asked: number) {}

  /** Every choice that has begun has ended, and one has. A choice that begins later re-opens the answer. */
  get allFinished(): boolean {
    if (this.reasons.size === 0) return false;
    for (const reason of this.reasons.values()) if (reason === null) return false;
    return true;
  }

  /** Of choice 0, else of the first that ended. */
  get finishReason(): string | null {
    const first = this.reasons.get(0);
    if (first !== undefined && first !== null) return first;
    for (const reason of this.reasons.values()) if (reason !== null) return reason;
    return null;
  }

  /** Whether one of these belongs to a choice that has not ended, so that the answer goes on. */
  goesOn(choices: readonly ChoiceReading[]): boolean {
    return choices.some(({ index, hasContent, finishReason }) => {
      const isOpen = (this.reasons.get(index) ?? null) === null;
      return isOpen && (hasContent || finishReason !== null);
    });
  }

  /** A finish reason stays the first one told. */
  note(choices: readonly ChoiceReading[]): void {
    for (const { index, finishReason } of choices) {
      this.reasons.set(index, this.reasons.get(index) ?? finishReason);
    }
  }

  /** Choices that still need an end: the begun ones and those asked for that never began. */
  get open(): number[] {
    const open = [...this.reasons].filter(([, reason]) => reason === null).map(([index]) => index);
    for (let index = 0; index < this.asked; index++) if (!this.reasons.has(index)) open.push(index);
    return open.toSorted((one, other) => one - other);
  }
}
