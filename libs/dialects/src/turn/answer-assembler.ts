import type { UsageReading } from '../usage/usage-reading.js';
import type { TurnAnswer, TurnChoice, TurnMedia } from './turn-answer.js';
import type { PartBeginning, StopReason, TokenLogprob, TurnEvent } from './turn-event.js';
import type { Seal, TurnCitation, TurnPart } from './turn-part.js';

interface OpenPart {
  readonly is: PartBeginning;
  readonly text: string[];
  readonly citations: TurnCitation[];
  seal: Seal | null;
}

interface OpenChoice {
  readonly parts: Map<number, OpenPart>;
  readonly logprobs: TokenLogprob[];
  reason: StopReason | null;
  stopSequence: string | null;
}

/** Puts the events of a stream together to the answer that they tell. */
export class AnswerAssembler {
  private readonly choices = new Map<number, OpenChoice>();
  private id: string | null = null;
  private createdSeconds: number | null = null;

  take(event: TurnEvent): void {
    switch (event.kind) {
      case 'begun':
        this.id = event.id;
        this.createdSeconds = event.createdSeconds;
        return;
      case 'part_begun':
        this.choice(event.choice).parts.set(event.part, { is: event.is, text: [], citations: [], seal: null });
        return;
      case 'delta':
        this.part(event)?.text.push(event.text);
        this.choice(event.choice).logprobs.push(...event.logprobs);
        return;
      case 'seal': {
        const part = this.part(event);
        if (part !== undefined) part.seal = event.seal;
        return;
      }
      case 'citation':
        this.part(event)?.citations.push(event.citation);
        return;
      case 'finish': {
        const choice = this.choice(event.choice);
        choice.reason = event.reason;
        choice.stopSequence = event.stopSequence;
        return;
      }
      case 'part_ended':
      case 'failed':
      case 'over':
        return;
    }
  }

  answer(usage: UsageReading): TurnAnswer {
    const choices = [...this.choices].toSorted(([one], [other]) => one - other).map(([, choice]) => closed(choice));
    return { id: this.id, createdSeconds: this.createdSeconds, choices, usage };
  }

  private choice(index: number): OpenChoice {
    const found = this.choices.get(index);
    if (found !== undefined) return found;
    const choice: OpenChoice = { parts: new Map(), logprobs: [], reason: null, stopSequence: null };
    this.choices.set(index, choice);
    return choice;
  }

  private part({ choice, part }: { readonly choice: number; readonly part: number }): OpenPart | undefined {
    return this.choice(choice).parts.get(part);
  }
}

function closed({ parts, reason, stopSequence, logprobs }: OpenChoice): TurnChoice {
  return {
    parts: mergedSummaries([...parts.values()].map((part) => closedPart(part))),
    reason,
    stopSequence,
    logprobs,
  };
}

function closedPart({ is, text, citations, seal }: OpenPart): TurnPart | TurnMedia {
  const whole = text.join('');
  switch (is.type) {
    case 'text':
      return { type: 'text', text: whole, cache: null, citations };
    case 'refusal':
      return { type: 'refusal', text: whole };
    case 'reasoning': {
      const { told, isRedacted, id } = is;
      const isSummary = told === 'summary' && whole !== '';
      return {
        type: 'reasoning',
        text: told === 'full' ? whole : '',
        summaries: isSummary ? [whole] : [],
        seal,
        isRedacted,
        id,
      };
    }
    case 'tool_call': {
      const { callId, name, namespace, form, id } = is;
      return { type: 'tool_call', callId, name, namespace, form, input: whole, seal, id, cache: null };
    }
    case 'media':
    default:
      return is;
  }
}

/** A stream tells each summary of an item as a part of its own; the last one has the seal. */
function mergedSummaries(parts: readonly (TurnPart | TurnMedia)[]): (TurnPart | TurnMedia)[] {
  const merged: (TurnPart | TurnMedia)[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    const isMore = part.type === 'reasoning' && last?.type === 'reasoning' && part.id !== null && part.id === last.id;
    if (!isMore || last.seal !== null) merged.push(part);
    else {
      const { text, summaries, seal } = part;
      merged[merged.length - 1] = {
        ...last,
        text: last.text + text,
        summaries: [...last.summaries, ...summaries],
        seal,
      };
    }
  }
  return merged;
}
