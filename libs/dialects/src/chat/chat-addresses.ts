import { mediaAddressProblem } from '../address/media-address.js';
import type { RequestProblem } from '../call/request-problem.js';
import { isRecord, listOf, parsedJson } from '../json/records.js';

/**
 * The first picture, file or sound of a chat request that is named by an address which nobody may be asked for. Reads the
 * whole document: only for one in which such an address was seen.
 */
export function chatAddressProblem(body: Buffer): RequestProblem | null {
  const document = parsedJson(body.toString());
  const messages = isRecord(document) ? listOf(document['messages']) : [];
  for (const [index, message] of messages.entries()) {
    const parts = isRecord(message) ? listOf(message['content']) : [];
    for (const [at, part] of parts.entries()) {
      const problem = partProblem(part, `messages[${index}].content[${at}]`);
      if (problem !== null) return problem;
    }
  }
  return null;
}

/** Members of a content part that carry a medium, and where an address stands in them. */
const carriers = [
  ['image_url', 'url'],
  ['video_url', 'url'],
  ['file', 'file_data'],
  ['file', 'url'],
  ['input_audio', 'data'],
  ['input_audio', 'url'],
] as const;

function partProblem(part: unknown, path: string): RequestProblem | null {
  if (!isRecord(part)) return null;
  for (const [key, inner] of carriers) {
    const carrier = part[key];
    const address = isRecord(carrier) ? carrier[inner] : carrier;
    if (typeof address !== 'string') continue;
    const problem = mediaAddressProblem(isRecord(carrier) ? `${path}.${key}.${inner}` : `${path}.${key}`, address);
    if (problem !== null) return problem;
  }
  return null;
}
