import { sealText } from '../turn/seal-envelope.js';
import type { Seal } from '../turn/turn-part.js';
import type { ItemEvents, ItemStatus, OpenItem } from './open-item.js';

/** A model's thinking: in summaries, or in full. */
export class ReasoningItem implements OpenItem {
  private readonly texts: string[] = [];
  private sealed: Seal | null = null;
  private isBegun = false;

  constructor(
    private readonly events: ItemEvents,
    private readonly toldAs: 'summary' | 'full',
  ) {}

  get finished(): string | null {
    return this.events.finished;
  }

  open(): string {
    const content = this.toldAs === 'full' ? { content: [] } : {};
    const item = { id: this.events.id, type: 'reasoning', summary: [], ...content, encrypted_content: null };
    return this.events.added({ ...item, status: 'in_progress' });
  }

  delta(_part: number, text: string): string {
    const begun = this.begin();
    this.texts.push(text);
    return begun + this.inside(this.textEvent('delta'), `"delta":${JSON.stringify(text)}`);
  }

  seal(seal: Seal): void {
    this.sealed = seal;
  }

  cite(): string {
    return '';
  }

  endPart(): string {
    return '';
  }

  end(status: ItemStatus): string {
    const text = this.texts.join('');
    const part = { type: this.toldAs === 'full' ? 'reasoning_text' : 'summary_text', text };
    const told = text === '' ? [] : [part];
    const ends = this.isBegun
      ? this.inside(this.textEvent('done'), `"text":${JSON.stringify(text)}`) +
        this.inside(this.partEvent('done'), `"part":${JSON.stringify(part)}`)
      : '';
    const places = this.toldAs === 'full' ? { summary: [], content: told } : { summary: told };
    const encrypted = this.sealed === null ? null : this.sealedText(this.sealed, text);
    const item = { id: this.events.id, type: 'reasoning', ...places, encrypted_content: encrypted, status };
    return ends + this.events.done(item);
  }

  /** A client may give back another text than it was told, or none; what was signed must come back as it was. */
  private sealedText(seal: Seal, text: string): string {
    return seal.origin === 'openai' ? seal.value : sealText(seal, { text });
  }

  private begin(): string {
    if (this.isBegun) return '';
    this.isBegun = true;
    const type = this.toldAs === 'full' ? 'reasoning_text' : 'summary_text';
    return this.inside(this.partEvent('added'), `"part":{"type":"${type}","text":""}`);
  }

  private inside(type: string, members: string): string {
    const index = this.toldAs === 'full' ? '"content_index":0' : '"summary_index":0';
    return this.events.inside(type, `${index},${members}`);
  }

  private textEvent(what: 'delta' | 'done'): string {
    return this.toldAs === 'full' ? `response.reasoning_text.${what}` : `response.reasoning_summary_text.${what}`;
  }

  private partEvent(what: 'added' | 'done'): string {
    return this.toldAs === 'full' ? `response.content_part.${what}` : `response.reasoning_summary_part.${what}`;
  }
}
