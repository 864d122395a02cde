import { unsupported, type RequestProblem } from '../call/request-problem.js';
import type { ToolResultPart, TurnPart } from '../turn/turn-part.js';
import type { JsonRecord, TurnMessage } from '../turn/turn-request.js';
import { geminiGeneration } from './gemini-generation.js';
import { GeminiPartWriter } from './write-gemini-parts.js';

interface OpenContent {
  readonly role: 'user' | 'model';
  readonly parts: JsonRecord[];
}

export interface WrittenContents {
  readonly system: readonly JsonRecord[];
  readonly contents: readonly JsonRecord[];
}

/** Stands for a signature where the call is another model's (Gemini API, "Thought signatures", migrating a history). */
const FOREIGN_CALL_SIGNATURE = 'skip_thought_signature_validator';

/**
 * Gathers the leading system and developer messages into the system instruction; a later one stays where it is, as a user's
 * text between `<system>` tags. Neighbours of one role become one content, and the results of parallel calls stand in the
 * order of the calls: Gemini matches them by name and order.
 */
export function geminiContents(
  messages: readonly TurnMessage[],
  model: string,
): WrittenContents | { readonly problem: RequestProblem } {
  return new ContentsWriter(withResultsTogether(messages), model).write();
}

/** Chat has a message for each result of parallel calls. */
function withResultsTogether(messages: readonly TurnMessage[]): readonly TurnMessage[] {
  const together: TurnMessage[] = [];
  for (const message of messages) {
    const last = together.at(-1);
    if (message.role !== 'tool' || last?.role !== 'tool') together.push(message);
    else together[together.length - 1] = { ...last, parts: [...last.parts, ...message.parts] };
  }
  return together;
}

class ContentsWriter {
  private readonly parts: GeminiPartWriter;
  private readonly system: JsonRecord[] = [];
  private readonly contents: OpenContent[] = [];
  private readonly calls = new Map<string, { readonly name: string; readonly place: number }>();
  private problem: RequestProblem | null = null;

  constructor(
    private readonly messages: readonly TurnMessage[],
    private readonly model: string,
  ) {
    this.parts = new GeminiPartWriter((callId) => this.calls.get(callId)?.name ?? null);
  }

  write(): WrittenContents | { readonly problem: RequestProblem } {
    let isLeading = true;
    for (const [index, message] of this.messages.entries()) {
      const isInstruction = message.role === 'system' || message.role === 'developer';
      isLeading &&= isInstruction;
      if (isInstruction) this.instruct(message, index, isLeading);
      else this.add(message, index);
    }
    const problem = this.problem ?? this.parts.problem;
    if (problem !== null) return { problem };
    return { system: this.system, contents: this.contents.map(({ role, parts }) => ({ role, parts })) };
  }

  private instruct({ parts }: TurnMessage, index: number, isLeading: boolean): void {
    for (const [place, part] of parts.entries()) {
      if (part.type !== 'text' && part.type !== 'refusal') {
        this.problem ??= unsupported(pathOf(index, place), 'Gemini takes instructions as text alone');
      } else if (isLeading) this.system.push({ text: part.text });
      else this.content('user').parts.push({ text: `<system>\n${part.text}\n</system>` });
    }
  }

  private add({ role, parts, name }: TurnMessage, index: number): void {
    const isModel = role === 'assistant';
    for (const part of parts) {
      if (part.type === 'tool_call') this.calls.set(part.callId, { name: part.name, place: this.calls.size });
    }
    const ordered = isModel ? parts : this.inOrderOfCalls(parts);
    const written = ordered.flatMap((part) => this.parts.write(part, pathOf(index, parts.indexOf(part))));
    if (isModel) signFirstCall(written, this.model);
    const [first] = written;
    if (first === undefined) return;
    if (name !== null && !isModel && typeof first['text'] === 'string') {
      written[0] = { ...first, text: `${name}: ${first['text']}` };
    }
    this.content(isModel ? 'model' : 'user').parts.push(...written);
  }

  /** Results first, each where its call stood. */
  private inOrderOfCalls(parts: readonly TurnPart[]): readonly TurnPart[] {
    const results = parts.filter((part) => part.type === 'tool_result');
    if (results.length === 0) return parts;
    const placeOf = ({ callId }: ToolResultPart): number => this.calls.get(callId)?.place ?? 0;
    const others = parts.filter((part) => part.type !== 'tool_result');
    return [...results.toSorted((one, other) => placeOf(one) - placeOf(other)), ...others];
  }

  private content(role: OpenContent['role']): OpenContent {
    const last = this.contents.at(-1);
    if (last?.role === role) return last;
    const content: OpenContent = { role, parts: [] };
    this.contents.push(content);
    return content;
  }
}

/** Only the first call of a step has a signature, and has to have one. */
function signFirstCall(parts: JsonRecord[], model: string): void {
  const first = parts.findIndex((part) => part['functionCall'] !== undefined);
  const call = parts[first];
  if (call === undefined || call['thoughtSignature'] !== undefined || !geminiGeneration(model).needsSignatures) return;
  parts[first] = { ...call, thoughtSignature: FOREIGN_CALL_SIGNATURE };
}

function pathOf(message: number, part: number): string {
  return `messages[${message}].content[${part}]`;
}
