import { unsupported, type RequestProblem } from '../call/request-problem.js';
import { withSpeaker } from '../turn/named-speaker.js';
import type { JsonRecord, TurnMessage } from '../turn/turn-request.js';
import type { TurnPart } from '../turn/turn-part.js';
import { BlockWriter } from './write-messages-blocks.js';

type Role = 'user' | 'assistant' | 'system';

interface OpenMessage {
  readonly role: Role;
  readonly content: JsonRecord[];
}

/** `system` and `messages` of a Messages request. */
export interface WrittenContent {
  readonly system: readonly JsonRecord[];
  readonly messages: readonly JsonRecord[];
}

/**
 * Gathers the leading system and developer messages into `system`. A later one stays where it is: as a message of the role
 * `system` where the model takes one (`takesSystemMessages`) and it stands behind a user's turn and before the model's, which
 * is where Anthropic allows it; anywhere else as a user's text between `<system>` tags. Neighbours of one role become one
 * message, and tool results stand first in it, as Anthropic asks.
 */
export function writeContent(
  messages: readonly TurnMessage[],
  takesSystemMessages: boolean,
): WrittenContent | { readonly problem: RequestProblem } {
  return new ContentWriter(messages, takesSystemMessages).write();
}

class ContentWriter {
  private readonly blocks = new BlockWriter();
  private readonly system: JsonRecord[] = [];
  private readonly written: OpenMessage[] = [];
  private problem: RequestProblem | null = null;

  constructor(
    private readonly messages: readonly TurnMessage[],
    private readonly takesSystemMessages: boolean,
  ) {}

  write(): WrittenContent | { readonly problem: RequestProblem } {
    const leading = leadingInstructions(this.messages);
    for (const [index, message] of this.messages.entries()) {
      if (index < leading) this.system.push(...this.instructions(message, index));
      else this.writeMessage(message, index);
    }
    const problem = this.problem ?? this.blocks.problem;
    return problem === null ? { system: this.system, messages: this.finished() } : { problem };
  }

  private writeMessage(message: TurnMessage, index: number): void {
    const { role } = message;
    if (role === 'system' || role === 'developer') this.laterInstruction(message, index);
    else if (role === 'assistant') this.add('assistant', this.blocksOf(message.parts, index));
    else this.add('user', this.blocksOf(withSpeaker(message), index));
  }

  private laterInstruction(message: TurnMessage, index: number): void {
    const texts = this.instructions(message, index);
    const isBehindUser = this.written.at(-1)?.role === 'user';
    const next = this.messages[index + 1]?.role ?? 'assistant';
    if (this.takesSystemMessages && isBehindUser && next === 'assistant') {
      this.add('system', texts);
      return;
    }
    const marked = texts.map((block) => ({ ...block, text: `<system>\n${String(block['text'])}\n</system>` }));
    this.add('user', marked);
  }

  private instructions({ parts }: TurnMessage, index: number): JsonRecord[] {
    const other = parts.findIndex((part) => !isText(part));
    if (other >= 0) this.problem ??= unsupported(place(index, other), 'Anthropic takes instructions as text alone');
    return this.blocksOf(parts.filter(isText), index);
  }

  private blocksOf(parts: readonly TurnPart[], index: number): JsonRecord[] {
    return parts.map((part, at) => this.blocks.block(part, place(index, at))).filter((block) => block !== null);
  }

  private add(role: Role, content: readonly JsonRecord[]): void {
    if (content.length === 0) return;
    const last = this.written.at(-1);
    if (last?.role === role) last.content.push(...content);
    else this.written.push({ role, content: [...content] });
  }

  private finished(): JsonRecord[] {
    // Anthropic answers to a message, not to instructions alone.
    if (this.written.length === 0) this.add('user', this.system.splice(-1));
    const last = this.written.at(-1);
    if (last?.role === 'assistant') trimEnd(last.content);
    return this.written.map(({ role, content }) => ({
      role,
      content: role === 'user' ? resultsFirst(content) : content,
    }));
  }
}

/** How many system and developer messages stand in front. */
function leadingInstructions(messages: readonly TurnMessage[]): number {
  const first = messages.findIndex(({ role }) => role !== 'system' && role !== 'developer');
  return first < 0 ? messages.length : first;
}

function resultsFirst(content: readonly JsonRecord[]): readonly JsonRecord[] {
  return [...content.filter(isResult), ...content.filter((block) => !isResult(block))];
}

function isText({ type }: TurnPart): boolean {
  return type === 'text' || type === 'refusal';
}

function isResult({ type }: JsonRecord): boolean {
  return type === 'tool_result';
}

/** A beginning of the answer may not end in white space. */
function trimEnd(content: JsonRecord[]): void {
  const last = content.at(-1);
  if (last?.['type'] !== 'text') return;
  const text = String(last['text']).trimEnd();
  if (text === '') content.pop();
  else content[content.length - 1] = { ...last, text };
}

function place(message: number, part: number): string {
  return `messages[${message}].content[${part}]`;
}
