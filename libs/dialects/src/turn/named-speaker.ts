import type { TurnPart } from './turn-part.js';
import type { TurnMessage } from './turn-request.js';

/** For dialects that have no names of speakers: the name is told in front of the first text. */
export function withSpeaker({ name, parts }: TurnMessage): readonly TurnPart[] {
  if (name === null || name === '') return parts;
  const first = parts.findIndex(({ type }) => type === 'text');
  return parts.map((part, at) =>
    at === first && part.type === 'text' ? { ...part, text: `${name}: ${part.text}` } : part,
  );
}
