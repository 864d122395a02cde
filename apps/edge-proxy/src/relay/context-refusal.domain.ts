/** How long a prompt was and may be, as a provider that refused it tells; null what it does not. */
export interface ContextRefusal {
  readonly tokens: number | null;
  readonly limit: number | null;
}

/** Said of a prompt that is too long, by words alone; a number in them is `tokens` or `limit`. Read November 2026. */
const wordings: readonly RegExp[] = [
  // Anthropic.
  /prompt is too long(?:: (?<tokens>\d+) tokens > (?<limit>\d+) maximum)?/,
  /input length and `max_tokens` exceed context limit: (?<tokens>\d+) \+ \d+ > (?<limit>\d+)/,
  // Google.
  /input token count \((?<tokens>\d+)\) exceeds the maximum number of tokens allowed \((?<limit>\d+)\)/,
  // OpenAI, and servers like it, some of which give no code.
  /maximum context length is (?<limit>\d+) tokens(?:[^0-9]{1,80}(?<tokens>\d+) tokens)?/,
  // Amazon.
  /input is too long for requested model/,
];

/** Longer than any of these sentences. */
const SENTENCE_CHARACTERS_MAX = 500;

/**
 * Whether a provider refuses a prompt because it is longer than its context. A request like that is the client's to shorten,
 * and is sent to nobody else.
 */
export function contextRefusal(message: string, code: string | null): ContextRefusal | null {
  const text = message.slice(0, SENTENCE_CHARACTERS_MAX).toLowerCase();
  for (const wording of wordings) {
    const found = wording.exec(text);
    if (found === null) continue;
    return { tokens: count(found.groups?.['tokens']), limit: count(found.groups?.['limit']) };
  }
  return code === 'context_length_exceeded' ? { tokens: null, limit: null } : null;
}

function count(text: string | undefined): number | null {
  const told = Number(text);
  return text !== undefined && Number.isSafeInteger(told) ? told : null;
}
