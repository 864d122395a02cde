import type { PartBeginning, TurnEvent } from './turn-event.js';

/** For specs: what is wrong with the events of a stream by the rules of `TurnEvent`; empty when nothing is. */
export function turnEventViolations(events: readonly TurnEvent[]): string[] {
  const checker = new TurnEventChecker();
  for (const event of events) checker.take(event);
  return checker.violations;
}

interface ToldPart {
  readonly is: PartBeginning;
  isOpen: boolean;
  isSealed: boolean;
}

class TurnEventChecker {
  readonly violations: string[] = [];
  private readonly choices = new Map<number, ToldPart[]>();
  private place = -1;
  private hasBegun = false;
  private isOver = false;

  take(event: TurnEvent): void {
    this.place++;
    if (this.isOver) this.note('something behind the end');
    switch (event.kind) {
      case 'begun':
        if (this.hasBegun) this.note('a second begun');
        this.hasBegun = true;
        return;
      case 'part_begun': {
        const parts = this.choices.get(event.choice) ?? [];
        this.choices.set(event.choice, parts);
        if (event.part !== parts.length) this.note(`part ${event.part} follows ${parts.length - 1}`);
        parts.push({ is: event.is, isOpen: true, isSealed: false });
        return;
      }
      case 'delta':
        if (event.text === '') this.note('an empty delta');
        if (this.open(event)?.is.type === 'media') this.note('a delta of media');
        return;
      case 'seal': {
        const part = this.open(event);
        if (part?.isSealed === true) this.note('a second seal');
        if (part !== null) part.isSealed = true;
        return;
      }
      case 'citation':
        if (this.open(event)?.is.type !== 'text') this.note('a citation outside of a text');
        return;
      case 'part_ended': {
        const part = this.open(event);
        if (part !== null) part.isOpen = false;
        return;
      }
      case 'finish':
        if (this.choices.get(event.choice)?.some(({ isOpen }) => isOpen) === true)
          this.note('finish with an open part');
        return;
      case 'failed':
      case 'over':
        this.isOver = true;
    }
  }

  private open({ choice, part }: { readonly choice: number; readonly part: number }): ToldPart | null {
    const told = this.choices.get(choice)?.[part];
    if (told?.isOpen === true) return told;
    this.note(`part ${part} of choice ${choice} is not open`);
    return null;
  }

  private note(what: string): void {
    this.violations.push(`event ${this.place}: ${what}`);
  }
}
