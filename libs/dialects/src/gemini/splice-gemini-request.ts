import { piecesWith, type ByteEdit } from '../json/byte-edits.js';
import { CLOSE_BRACE, OPEN_BRACE, skipSpace } from '../json/json-bytes.js';
import type { GeminiSplices } from './read-gemini-request.js';

/** The body for one upstream, as pieces: only the output limit is changed, when one is given. The model stands in the path. */
export function spliceGeminiRequest(body: Buffer, splices: GeminiSplices, maxTokens: number | null): Buffer[] {
  const edit = maxTokens === null ? null : limitEdit(body, splices, maxTokens);
  return edit === null ? [body] : piecesWith(body, { start: 0, end: body.length }, [edit]);
}

function limitEdit(body: Buffer, splices: GeminiSplices, maxTokens: number): ByteEdit {
  const { open, generationConfig, maxOutputTokens } = splices;
  if (maxOutputTokens !== null) {
    const { valueStart, end } = maxOutputTokens;
    return { start: valueStart, end, bytes: Buffer.from(String(maxTokens)) };
  }
  const limit = `"maxOutputTokens":${maxTokens}`;
  if (generationConfig === null) return inserted(body, open, `"generationConfig":{${limit}}`);
  const { valueStart, end } = generationConfig;
  if (body[valueStart] !== OPEN_BRACE) return { start: valueStart, end, bytes: Buffer.from(`{${limit}}`) };
  return inserted(body, valueStart, limit);
}

function inserted(body: Buffer, brace: number, member: string): ByteEdit {
  const isEmpty = body[skipSpace(body, brace + 1)] === CLOSE_BRACE;
  return { start: brace + 1, end: brace + 1, bytes: Buffer.from(isEmpty ? member : `${member},`) };
}
