import { CustomInputReader } from '../turn/custom-input.js';
import type { ItemEvents, ItemStatus, OpenItem } from './open-item.js';

/** A function's call: arguments as JSON text. */
export class FunctionCallItem implements OpenItem {
  private readonly texts: string[] = [];

  constructor(
    private readonly events: ItemEvents,
    private readonly call: { readonly callId: string; readonly name: string; readonly namespace: string | null },
  ) {}

  get finished(): string | null {
    return this.events.finished;
  }

  open(): string {
    return this.events.added(this.item('in_progress', ''));
  }

  delta(_part: number, text: string): string {
    this.texts.push(text);
    return this.events.inside('response.function_call_arguments.delta', `"delta":${JSON.stringify(text)}`);
  }

  seal(): void {
    // Told by an item of its own (see ResponsesStreamWriter).
  }

  cite(): string {
    return '';
  }

  endPart(): string {
    return '';
  }

  end(status: ItemStatus): string {
    const text = this.texts.join('');
    const members = `"name":${JSON.stringify(this.call.name)},"arguments":${JSON.stringify(text)}`;
    return (
      this.events.inside('response.function_call_arguments.done', members) + this.events.done(this.item(status, text))
    );
  }

  private item(status: string, text: string): object {
    const { callId, name, namespace } = this.call;
    const within = namespace === null ? {} : { namespace };
    return { id: this.events.id, type: 'function_call', status, arguments: text, call_id: callId, name, ...within };
  }
}

/** A custom tool's call: free text. `isEncoded`: the upstream writes it as `{"input": "…"}`. */
export class CustomCallItem implements OpenItem {
  private readonly texts: string[] = [];
  private readonly reader: CustomInputReader | null;

  constructor(
    private readonly events: ItemEvents,
    private readonly call: { readonly callId: string; readonly name: string; readonly namespace: string | null },
    isEncoded: boolean,
  ) {
    this.reader = isEncoded ? new CustomInputReader() : null;
  }

  get finished(): string | null {
    return this.events.finished;
  }

  open(): string {
    return this.events.added(this.item('in_progress', ''));
  }

  delta(_part: number, text: string): string {
    return this.tell(this.reader === null ? text : this.reader.read(text));
  }

  seal(): void {
    // Told by an item of its own (see ResponsesStreamWriter).
  }

  cite(): string {
    return '';
  }

  endPart(): string {
    return '';
  }

  end(status: ItemStatus): string {
    const rest = this.reader === null ? '' : this.tell(this.reader.rest());
    const text = this.texts.join('');
    const done = this.events.inside('response.custom_tool_call_input.done', `"input":${JSON.stringify(text)}`);
    return rest + done + this.events.done(this.item(status, text));
  }

  private tell(text: string): string {
    if (text === '') return '';
    this.texts.push(text);
    return this.events.inside('response.custom_tool_call_input.delta', `"delta":${JSON.stringify(text)}`);
  }

  private item(status: string, input: string): object {
    const { callId, name, namespace } = this.call;
    const within = namespace === null ? {} : { namespace };
    return { id: this.events.id, type: 'custom_tool_call', status, call_id: callId, name, ...within, input };
  }
}

/** An item that is told whole: one of a client's own tools, a picture, a compacted conversation. */
export class WholeItem implements OpenItem {
  private readonly texts: string[] = [];

  constructor(
    private readonly events: ItemEvents,
    private readonly make: (text: string, status: 'in_progress' | ItemStatus) => object,
  ) {}

  get finished(): string | null {
    return this.events.finished;
  }

  open(): string {
    return this.events.added({ id: this.events.id, ...this.make('', 'in_progress') });
  }

  delta(_part: number, text: string): string {
    this.texts.push(text);
    return '';
  }

  seal(): void {
    // Told by an item of its own (see ResponsesStreamWriter).
  }

  cite(): string {
    return '';
  }

  endPart(): string {
    return '';
  }

  end(status: ItemStatus): string {
    return this.events.done({ id: this.events.id, ...this.make(this.texts.join(''), status) });
  }
}
