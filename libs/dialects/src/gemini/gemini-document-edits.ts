import type { AnswerClosing } from '../call/answer-closing.js';
import { piecesWith, type ByteEdit } from '../json/byte-edits.js';
import { OPEN_BRACE, skipSpace } from '../json/json-bytes.js';
import { membersOf } from '../json/json-members.js';
import { writeGeminiUsage } from './gemini-usage-writer.js';

export interface GeminiDocumentEdits {
  /** The public name of the model. */
  readonly model: string;
  /** The id that the client has seen; null leaves the upstream's. */
  readonly id: string | null;
  /** The end of the answer stands in this document; null where it does not. */
  readonly closing: AnswerClosing | null;
  /** The upstream's own figures can be true and stay. */
  readonly keepsUsage: boolean;
}

/** A document of an answer for the client: the model's name, the id and the usage are edited, every other byte stays. */
export function editGeminiDocument(document: Buffer, edits: GeminiDocumentEdits): Buffer {
  const { model, id, closing, keepsUsage } = edits;
  const open = skipSpace(document, 0);
  const changes: ByteEdit[] = [];
  let hasUsage = false;
  for (const { key, valueStart, end } of membersOf(document, open)) {
    const range = { start: valueStart, end };
    if (key === 'modelVersion') changes.push({ ...range, bytes: Buffer.from(JSON.stringify(model)) });
    else if (key === 'responseId' && id !== null) changes.push({ ...range, bytes: Buffer.from(JSON.stringify(id)) });
    else if (key === 'usageMetadata' && closing !== null) {
      hasUsage = true;
      const own = keepsUsage && document[valueStart] === OPEN_BRACE ? document.subarray(valueStart, end) : null;
      changes.push({ ...range, bytes: writeGeminiUsage(own, closing) });
    }
  }
  if (closing !== null && !hasUsage) {
    const usage = writeGeminiUsage(null, closing).toString();
    changes.push({ start: open + 1, end: open + 1, bytes: Buffer.from(`"usageMetadata":${usage},`) });
  }
  return changes.length === 0
    ? document
    : Buffer.concat(piecesWith(document, { start: 0, end: document.length }, changes));
}
