import { unsupported, type RequestProblem } from '../call/request-problem.js';
import { withSpeaker } from '../turn/named-speaker.js';
import type {
  FilePart,
  ImagePart,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
  TurnPart,
  TurnSource,
} from '../turn/turn-part.js';
import type { JsonRecord, TurnMessage } from '../turn/turn-request.js';

export interface WrittenInput {
  /** The leading system and developer texts; null when there are none. */
  readonly instructions: string | null;
  readonly items: readonly JsonRecord[];
}

/** The messages of a turn as `instructions` and `input`. */
export function writeResponsesInput(
  messages: readonly TurnMessage[],
): WrittenInput | { readonly problem: RequestProblem } {
  const leading = messages.findIndex((message) => !isPlainSystem(message));
  const count = leading < 0 ? messages.length : leading;
  const texts = messages.slice(0, count).map(textOfMessage);
  const writer = new InputWriter();
  for (const message of messages.slice(count)) writer.add(message);
  if (writer.problem !== null) return { problem: writer.problem };
  return { instructions: texts.length === 0 ? null : texts.join('\n\n'), items: writer.items };
}

function isPlainSystem({ role, parts }: TurnMessage): boolean {
  return (role === 'system' || role === 'developer') && parts.every(({ type }) => type === 'text');
}

function textOfMessage({ parts }: TurnMessage): string {
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('\n\n');
}

class InputWriter {
  readonly items: JsonRecord[] = [];
  problem: RequestProblem | null = null;
  /** Parts of the message item under way. */
  private content: JsonRecord[] = [];
  private role: TurnMessage['role'] = 'user';

  add(message: TurnMessage): void {
    this.role = message.role === 'tool' ? 'user' : message.role;
    for (const part of withSpeaker(message)) this.addPart(part);
    this.endMessage();
  }

  private addPart(part: TurnPart): void {
    switch (part.type) {
      case 'reasoning':
        this.addReasoning(part);
        break;
      case 'tool_call':
        this.addItem(callItem(part));
        break;
      case 'tool_result':
        this.addItem(resultItem(part));
        break;
      case 'audio':
        this.problem ??= unsupported('input_audio', 'this model takes no sound in its prompt on a Responses endpoint');
        break;
      case 'refusal':
        this.content.push({ type: 'refusal', refusal: part.text });
        break;
      case 'text':
        this.addText(part);
        break;
      case 'image':
      case 'file':
        if (this.role === 'assistant') this.refuseInAnswer(part);
        else this.content.push(part.type === 'image' ? imageContent(part) : fileContent(part));
        break;
    }
  }

  private refuseInAnswer({ type }: ImagePart | FilePart): void {
    this.problem ??= unsupported(
      'messages',
      `an assistant's message cannot hold a part of type ${type} on a Responses endpoint`,
    );
  }

  private addText({ text }: TextPart): void {
    if (this.role === 'assistant') this.content.push({ type: 'output_text', text, annotations: [] });
    else this.content.push({ type: 'input_text', text });
  }

  /** Without a seal that OpenAI wrote the model could not go on with it, and its id would be looked for in vain. */
  private addReasoning({ seal, summaries, text, id }: ReasoningPart): void {
    if (seal === null || seal.origin !== 'openai') return;
    const told = summaries.length > 0 ? summaries : text === '' ? [] : [text];
    const summary = told.map((one) => ({ type: 'summary_text', text: one }));
    const named = id !== null && id.startsWith('rs_') ? { id } : {};
    this.addItem({ type: 'reasoning', ...named, summary, encrypted_content: seal.value });
  }

  private addItem(item: JsonRecord): void {
    this.endMessage();
    this.items.push(item);
  }

  private endMessage(): void {
    if (this.content.length === 0) return;
    this.items.push({ type: 'message', role: this.role, content: this.content });
    this.content = [];
  }
}

function callItem({ callId, name, namespace, form, input }: ToolCallPart): JsonRecord {
  const within = namespace === null ? {} : { namespace };
  if (form === 'custom') return { type: 'custom_tool_call', call_id: callId, name, ...within, input };
  return { type: 'function_call', call_id: callId, name, ...within, arguments: input };
}

function resultItem(part: ToolResultPart): JsonRecord {
  const type = part.form === 'custom' ? 'custom_tool_call_output' : 'function_call_output';
  return { type, call_id: part.callId, output: outputOf(part) };
}

/** Responses has no mark for a failed call: the text says it. */
function outputOf({ parts, isError }: ToolResultPart): string | readonly JsonRecord[] {
  const texts = parts.map((part) => (part.type === 'text' ? part.text : ''));
  if (parts.every(({ type }) => type === 'text')) return markedError(texts.join('\n'), isError);
  const marked = isError ? [{ type: 'input_text', text: ERROR_MARK }] : [];
  return [...marked, ...parts.map(inputContent)];
}

const ERROR_MARK = 'Error:';

function markedError(text: string, isError: boolean): string {
  return isError && !/^\s*error/i.test(text) ? `${ERROR_MARK} ${text}` : text;
}

function inputContent(part: TextPart | ImagePart | FilePart): JsonRecord {
  if (part.type === 'text') return { type: 'input_text', text: part.text };
  return part.type === 'image' ? imageContent(part) : fileContent(part);
}

function imageContent({ source, detail }: ImagePart): JsonRecord {
  const where = source.from === 'file' ? { file_id: source.id } : { image_url: addressOf(source) };
  return { type: 'input_image', ...where, detail: detail ?? 'auto' };
}

function fileContent({ source, name }: FilePart): JsonRecord {
  if (source.from === 'file') return { type: 'input_file', file_id: source.id };
  const named = name === null ? {} : { filename: name };
  if (source.from === 'url') return { type: 'input_file', ...named, file_url: source.url };
  return { type: 'input_file', filename: name ?? nameFor(source.mediaType), file_data: addressOf(source) };
}

function addressOf(source: Exclude<TurnSource, { from: 'file' }>): string {
  return source.from === 'url' ? source.url : `data:${source.mediaType};base64,${source.data}`;
}

/** A file without a name is refused. */
function nameFor(mediaType: string): string {
  const ending = mediaType === 'application/pdf' ? 'pdf' : mediaType.startsWith('text/') ? 'txt' : 'bin';
  return `file.${ending}`;
}
