import { ApiError } from './api-error.js';

/** Parses a JSON body; an error tells its position. An empty body is `undefined`: a schema says whether one is needed. */
export function parseJsonBody(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    const detail = error instanceof SyntaxError ? withoutExcerpt(error.message) : 'it is not UTF-8';
    throw new ApiError('invalid_json', { detail }, error);
  }
}

/** V8 quotes the text around a fault; a body may hold secrets, and only the position is of use. */
function withoutExcerpt(message: string): string {
  return message.replace(/, (?:\.{3})?".*$/s, '').replace(/ in JSON(?= at)/, '');
}
