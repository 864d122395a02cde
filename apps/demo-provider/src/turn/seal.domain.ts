import { digest } from './turn-plan.domain.js';

type SealingDialect = 'responses' | 'messages' | 'gemini';

/**
 * The opaque text that stands beside reasoning: `signature` of Messages, `encrypted_content` of Responses,
 * `thoughtSignature` of Gemini. Each dialect takes back its own alone, as the vendors do.
 */
export function sealFor(dialect: SealingDialect, reasoning: string): string {
  return Buffer.from(`demo ${dialect} ${digest(reasoning).slice(0, 32)}`).toString('base64');
}

/** With these Google lets a call through that another model has made. */
const UNCHECKED_BY_GOOGLE: readonly string[] = [
  'skip_thought_signature_validator',
  'context_engineering_is_the_way_to_go',
];

export function isSealOf(dialect: SealingDialect, seal: string): boolean {
  if (dialect === 'gemini' && UNCHECKED_BY_GOOGLE.includes(seal)) return true;
  return Buffer.from(seal, 'base64').toString('latin1').startsWith(`demo ${dialect} `);
}
