import type { StopReason, TurnEvent } from './turn-event.js';

interface ChoiceParts {
  /** In the order in which they began. */
  readonly open: Set<number>;
  isFinished: boolean;
}

/** Which choices of a translated stream have ended, and how much of it a writer has to keep back. */
export class TurnProgress {
  /** Of choice 0, else of the first that ended. */
  finishReason: StopReason | null = null;
  /**
   * Deltas of parts behind another open one, in characters: a dialect with one open part at a time keeps them until that
   * one ends.
   */
  heldBytes = 0;
  private readonly choices = new Map<number, ChoiceParts>();

  /** Every choice that has begun has ended, and one has. One that goes on re-opens the answer. */
  get allFinished(): boolean {
    for (const { isFinished } of this.choices.values()) if (!isFinished) return false;
    return this.choices.size > 0;
  }

  note(event: TurnEvent): void {
    switch (event.kind) {
      case 'part_begun': {
        const choice = this.choice(event.choice);
        choice.isFinished = false;
        choice.open.add(event.part);
        return;
      }
      case 'delta': {
        const [first] = this.choice(event.choice).open;
        if (first !== event.part) this.heldBytes += event.text.length;
        return;
      }
      case 'part_ended': {
        const { open } = this.choice(event.choice);
        open.delete(event.part);
        if (open.size <= 1) this.heldBytes = 0;
        return;
      }
      case 'finish': {
        this.choice(event.choice).isFinished = true;
        if (this.finishReason === null || event.choice === 0) this.finishReason = event.reason;
        return;
      }
      case 'begun':
      case 'seal':
      case 'citation':
      case 'failed':
      case 'over':
        return;
    }
  }

  private choice(index: number): ChoiceParts {
    const found = this.choices.get(index);
    if (found !== undefined) return found;
    const choice: ChoiceParts = { open: new Set(), isFinished: false };
    this.choices.set(index, choice);
    return choice;
  }
}
