import type { PromptMessage } from '../answer/answer.domain.js';

/** A picture, a file or a sound in a message. */
export interface Attachment {
  readonly kind: 'picture' | 'file' | 'sound';
  /** Where it stands; null when its bytes came along. */
  readonly url: string | null;
  /** Base64 without a `data:` prefix; null when only its address was given. */
  readonly data: string | null;
}

/** A tool that the client can run. */
export interface DeclaredTool {
  readonly name: string;
  /** The group that it was declared in; only Responses has groups. */
  readonly namespace: string | null;
  /** `custom` takes free text, `function` an object of its schema. */
  readonly kind: 'function' | 'custom';
  readonly schema: unknown;
}

/** `forced` calls one of the names whatever the text says; no names = any tool. */
export type ToolChoice =
  { readonly kind: 'auto' | 'none' } | { readonly kind: 'forced'; readonly names: readonly string[] };

export type Entry =
  | {
      readonly kind: 'said';
      readonly role: 'system' | 'user' | 'assistant';
      readonly text: string;
      readonly attachments: readonly Attachment[];
    }
  | { readonly kind: 'called'; readonly id: string | null; readonly name: string; readonly input: string }
  | { readonly kind: 'returned'; readonly id: string | null; readonly text: string };

export type WantedOutput = { readonly kind: 'text' | 'json' } | { readonly kind: 'schema'; readonly schema: unknown };

/** A request of any dialect, as far as the answer depends on it. */
export interface Conversation {
  readonly model: string;
  readonly entries: readonly Entry[];
  readonly tools: readonly DeclaredTool[];
  readonly toolChoice: ToolChoice;
  readonly parallelCalls: boolean;
  readonly output: WantedOutput;
  /** Null = as long as it gets. */
  readonly maxTokens: number | null;
  readonly stops: readonly string[];
  readonly choices: number;
  readonly stream: boolean;
  /** Who is served, as the client named them; null when it did not. */
  readonly user: string | null;
}

/** The conversation as plain messages: what tokens are counted of and what an answer is drawn from. */
export function promptOf({ entries }: Pick<Conversation, 'entries'>): readonly PromptMessage[] {
  return entries.map((entry) => {
    if (entry.kind === 'said') return { role: entry.role, text: entry.text };
    if (entry.kind === 'called') return { role: 'assistant', text: `${entry.name} ${entry.input}` };
    return { role: 'tool', text: entry.text };
  });
}

/** What a person asked for: the last user text, without what agents put in front of it for the model. */
export function lastRequest(
  conversation: Conversation,
): { readonly text: string; readonly at: number; readonly attachments: readonly Attachment[] } | null {
  for (let at = conversation.entries.length - 1; at >= 0; at--) {
    const entry = conversation.entries[at];
    if (entry?.kind !== 'said' || entry.role !== 'user') continue;
    const text = withoutAgentNotes(entry.text);
    if (text !== '' || entry.attachments.length > 0) return { text, at, attachments: entry.attachments };
  }
  return null;
}

/** Notes that agents add to a user's message, in elements of their own. */
const AGENT_NOTES =
  /<(system-reminder|system|environment_context|user_instructions|permissions instructions|image)\b[^>]*>[\s\S]*?<\/\1>/g;

function withoutAgentNotes(text: string): string {
  return text.replaceAll(AGENT_NOTES, ' ').trim();
}

/**
 * What every provider refuses: a tool's result without its call, or a call that is not followed by its result. Null when
 * all are paired.
 */
export function pairingProblem(entries: readonly Entry[]): string | null {
  const open = new Set<string>();
  for (const entry of entries) {
    if (entry.kind === 'called' && entry.id !== null) open.add(entry.id);
    if (entry.kind === 'returned' && entry.id !== null && !open.delete(entry.id))
      return `There is no tool call ${entry.id} before its result.`;
    if (entry.kind === 'said' && entry.role === 'user' && open.size > 0)
      return `There is no result of the tool call ${[...open].join(', ')}.`;
  }
  return open.size === 0 ? null : `There is no result of the tool call ${[...open].join(', ')}.`;
}
