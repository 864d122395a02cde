import { unsupported, type RequestProblem } from '../call/request-problem.js';
import { dataUrl } from '../turn/data-url.js';
import type { TurnPart, TurnSource } from '../turn/turn-part.js';
import type { JsonRecord } from '../turn/turn-request.js';

/** Parts of a user's message in chat's words; the first problem stops it. */
export function chatContent(
  parts: readonly TurnPart[],
): { readonly content: string | JsonRecord[] } | { readonly problem: RequestProblem } {
  const [only] = parts;
  if (only === undefined) return { content: '' };
  if (parts.length === 1 && only.type === 'text') return { content: only.text };
  const content: JsonRecord[] = [];
  for (const part of parts) {
    const written = chatPart(part);
    if ('code' in written) return { problem: written };
    content.push(written.part);
  }
  return { content };
}

function chatPart(part: TurnPart): { readonly part: JsonRecord } | RequestProblem {
  switch (part.type) {
    case 'text':
      return { part: { type: 'text', text: part.text } };
    case 'image': {
      const url = urlOf(part.source);
      if (url === null) return keptElsewhere('an image');
      const detail = part.detail === null ? {} : { detail: part.detail };
      return { part: { type: 'image_url', image_url: { url, ...detail } } };
    }
    case 'audio':
      return { part: { type: 'input_audio', input_audio: { data: part.data, format: part.format } } };
    case 'file':
      return chatFile(part);
    case 'refusal':
    case 'reasoning':
    case 'tool_call':
    case 'tool_result':
    default:
      return unsupported('messages', `chat completions take no ${part.type} in this place`);
  }
}

function urlOf(source: TurnSource): string | null {
  if (source.from === 'file') return null;
  return source.from === 'url' ? source.url : dataUrl(source.mediaType, source.data);
}

function keptElsewhere(what: string): RequestProblem {
  return unsupported('messages', `${what} that another provider keeps: send its bytes instead of its id`);
}

/** A text needs no file; all else is a file by its bytes, since chat knows no addresses of files. */
function chatFile({
  source,
  name,
}: TurnPart & { readonly type: 'file' }): { readonly part: JsonRecord } | RequestProblem {
  if (source.from === 'file') return keptElsewhere('a file');
  if (source.from === 'url')
    return unsupported('messages', 'chat completions take no file by its address: send its bytes');
  const { mediaType, data } = source;
  if (mediaType.startsWith('text/')) {
    const text = Buffer.from(data, 'base64').toString();
    return { part: { type: 'text', text: name === null ? text : `${name}:\n${text}` } };
  }
  const filename = name ?? 'document.pdf';
  return { part: { type: 'file', file: { filename, file_data: dataUrl(mediaType, data) } } };
}
