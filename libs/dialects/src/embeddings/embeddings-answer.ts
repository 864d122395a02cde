import type { CallFace } from '../call/call.js';
import type { WholeAnswer } from '../call/answer-stream.js';
import { parsedJson } from '../json/records.js';
import type { ByteEdit } from '../json/byte-edits.js';
import { OPEN_BRACE, OPEN_BRACKET, QUOTE } from '../json/json-bytes.js';
import { elementsOf } from '../json/json-members.js';
import type { ByteRange } from '../json/scan-document.js';
import { AnswerDocument, memberOf } from '../passing/answer-document.js';
import { failedAnswer, foreignAnswer, passedAnswer } from '../passing/answer-reading.js';
import { EmbeddingsUsageReader } from '../usage/embeddings-usage.js';
import { base64OfFloats, floatsOfBase64, type EncodingFormat } from './vector-encoding.js';

export interface ExpectedEmbeddings {
  readonly count: number;
  readonly format: EncodingFormat;
}

/**
 * An answer of embeddings, its vectors as the client asked for them whatever the upstream gave. One that has fewer or more
 * vectors than there were inputs is no answer: which belongs to which could not be told.
 */
export function readEmbeddingsAnswer(body: Buffer, expected: ExpectedEmbeddings, face: CallFace): WholeAnswer {
  const document = AnswerDocument.read(body);
  if (document === null) return foreignAnswer;
  const { failure } = document;
  if (failure !== null) return failedAnswer(failure);
  const edits = vectorEdits(document, expected);
  if (edits === null) return foreignAnswer;
  const reader = new EmbeddingsUsageReader();
  reader.note({ usage: document.value('usage'), meta: document.value('meta') });
  return passedAnswer({
    told: reader.reading,
    write: (closing, keepsUsage) => {
      const { input } = closing.usage;
      const ownUsage = { prompt_tokens: input, total_tokens: input };
      const answer = document.edited({ model: face.model, keepsUsage, ownUsage, closing }, edits);
      return { contentType: 'application/json', body: answer };
    },
  });
}

/** What has to change of the vectors; null when the answer has none, or not as many as there were inputs. */
function vectorEdits(document: AnswerDocument, { count, format }: ExpectedEmbeddings): ByteEdit[] | null {
  const { body } = document;
  const data = document.member('data');
  if (data === null || body[data.valueStart] !== OPEN_BRACKET) return null;
  const edits: ByteEdit[] = [];
  let found = 0;
  for (const element of elementsOf(body, data.valueStart)) {
    found++;
    if (found > count || body[element.start] !== OPEN_BRACE) return null;
    const vector = memberOf(body, element.start, 'embedding');
    if (vector === null) return null;
    const edit = vectorEdit(body, { start: vector.valueStart, end: vector.end }, format);
    if (edit === null) return null;
    if (edit.bytes !== unchanged) edits.push(edit);
  }
  // Some upstreams leave out `object`, which SDKs with schemas want.
  const object = document.member('object');
  if (object === null) edits.push({ ...after(data), bytes: Buffer.from(',"object":"list"') });
  return found === count ? edits : null;
}

const unchanged = Buffer.alloc(0);

function vectorEdit(body: Buffer, range: ByteRange, format: EncodingFormat): ByteEdit | null {
  const isText = body[range.start] === QUOTE;
  if (!isText && body[range.start] !== OPEN_BRACKET) return null;
  if (isText === (format === 'base64')) return { ...range, bytes: unchanged };
  const value = parsedJson(body.toString('utf8', range.start, range.end));
  const written =
    typeof value === 'string' ? floatsOfBase64(value) : Array.isArray(value) ? quoted(base64OfFloats(value)) : null;
  return written === null ? null : { ...range, bytes: Buffer.from(written, 'latin1') };
}

function quoted(text: string | null): string | null {
  return text === null ? null : `"${text}"`;
}

function after({ end }: ByteRange): ByteRange {
  return { start: end, end };
}
