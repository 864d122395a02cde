import type { TokenLogprob } from '../turn/turn-event.js';
import type { TurnCitation } from '../turn/turn-part.js';
import type { ItemEvents, ItemStatus, OpenItem } from './open-item.js';

interface OpenText {
  readonly index: number;
  readonly type: 'output_text' | 'refusal';
  readonly texts: string[];
  readonly annotations: object[];
  readonly logprobs: object[];
  isEnded: boolean;
}

/** An assistant's message; its parts are told one after the other. */
export class MessageItem implements OpenItem {
  private readonly parts = new Map<number, OpenText>();

  constructor(private readonly events: ItemEvents) {}

  get finished(): string | null {
    return this.events.finished;
  }

  get hasOpenParts(): boolean {
    return [...this.parts.values()].some(({ isEnded }) => !isEnded);
  }

  has(part: number): boolean {
    return this.parts.has(part);
  }

  open(): string {
    return this.events.added({
      id: this.events.id,
      type: 'message',
      status: 'in_progress',
      role: 'assistant',
      content: [],
    });
  }

  beginPart(part: number, type: 'output_text' | 'refusal'): string {
    const made: OpenText = { index: this.parts.size, type, texts: [], annotations: [], logprobs: [], isEnded: false };
    this.parts.set(part, made);
    return this.events.inside(
      'response.content_part.added',
      `"content_index":${made.index},"part":${contentText(made)}`,
    );
  }

  delta(part: number, text: string, logprobs: readonly TokenLogprob[]): string {
    const open = this.parts.get(part);
    if (open === undefined) return '';
    open.texts.push(text);
    const written = logprobs.map(writtenLogprob);
    open.logprobs.push(...written);
    const members = `"content_index":${open.index},"delta":${JSON.stringify(text)}`;
    if (open.type === 'refusal') return this.events.inside('response.refusal.delta', members);
    const beside = written.length === 0 ? '[]' : JSON.stringify(written);
    return this.events.inside('response.output_text.delta', `${members},"logprobs":${beside}`);
  }

  seal(): void {
    // A message carries none: what a provider wants back stands on its reasoning.
  }

  cite(part: number, citation: TurnCitation): string {
    const open = this.parts.get(part);
    const { url, title, start, end } = citation;
    if (open === undefined || url === null) return '';
    const at = open.texts.reduce((sum, text) => sum + text.length, 0);
    const annotation = { type: 'url_citation', url, title: title ?? '', start_index: start ?? 0, end_index: end ?? at };
    const members = `"content_index":${open.index},"annotation_index":${open.annotations.length}`;
    open.annotations.push(annotation);
    const told = `${members},"annotation":${JSON.stringify(annotation)}`;
    return this.events.inside('response.output_text.annotation.added', told);
  }

  endPart(part: number): string {
    const open = this.parts.get(part);
    if (open === undefined || open.isEnded) return '';
    open.isEnded = true;
    const text = JSON.stringify(open.texts.join(''));
    const at = `"content_index":${open.index}`;
    const done =
      open.type === 'refusal'
        ? this.events.inside('response.refusal.done', `${at},"refusal":${text}`)
        : this.events.inside(
            'response.output_text.done',
            `${at},"text":${text},"logprobs":${JSON.stringify(open.logprobs)}`,
          );
    return done + this.events.inside('response.content_part.done', `${at},"part":${contentText(open)}`);
  }

  end(status: ItemStatus): string {
    const ends = [...this.parts.keys()].map((part) => this.endPart(part)).join('');
    const content = [...this.parts.values()].map(contentOf);
    return ends + this.events.done({ id: this.events.id, type: 'message', status, role: 'assistant', content });
  }
}

function contentText(part: OpenText): string {
  return JSON.stringify(contentOf(part));
}

function contentOf({ type, texts, annotations, logprobs }: OpenText): object {
  const text = texts.join('');
  return type === 'refusal' ? { type, refusal: text } : { type, text, annotations, logprobs };
}

function writtenLogprob({ token, logprob, bytes, top }: TokenLogprob): object {
  const beside = top.map((one) => ({ token: one.token, bytes: one.bytes ?? [], logprob: one.logprob }));
  return { token, bytes: bytes ?? [], logprob, top_logprobs: beside };
}
