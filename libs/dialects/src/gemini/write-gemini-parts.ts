import { unsupported, type RequestProblem } from '../call/request-problem.js';
import { isRecord, parsedJson } from '../json/records.js';
import type {
  FilePart,
  ImagePart,
  ReasoningPart,
  Seal,
  ToolCallPart,
  ToolResultPart,
  TurnPart,
} from '../turn/turn-part.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { mediaTypeOfName, soundType } from './gemini-media-type.js';

/** Files that Google keeps: its own file store, Cloud Storage, and YouTube's videos. */
const googleFile = /^(?:files\/|gs:\/\/|https:\/\/generativelanguage\.googleapis\.com\/)/;

/** Writes parts of messages as Gemini has them; the first one that cannot be said is the problem. */
export class GeminiPartWriter {
  problem: RequestProblem | null = null;

  /** `nameOf` finds the tool that a call was made to. */
  constructor(private readonly nameOf: (callId: string) => string | null) {}

  /** `at` is the place of the part, as a problem names it. */
  write(part: TurnPart, at: string): JsonRecord[] {
    switch (part.type) {
      case 'text':
      case 'refusal':
        return part.text === '' ? [] : [{ text: part.text }];
      case 'image':
      case 'file':
        return this.media(part, at);
      case 'audio':
        return [{ inlineData: { mimeType: soundType(part.format), data: part.data } }];
      case 'reasoning':
        return thought(part);
      case 'tool_call':
        return [functionCall(part)];
      case 'tool_result':
        break;
    }
    return this.result(part, at);
  }

  private media(part: ImagePart | FilePart, at: string): JsonRecord[] {
    const { source } = part;
    if (source.from === 'base64') return [{ inlineData: { mimeType: source.mediaType, data: source.data } }];
    const name = source.from === 'url' ? source.url : source.id;
    if (source.from === 'file' && !googleFile.test(name)) {
      this.problem ??= unsupported(at, 'the file is kept by another provider: send its bytes');
      return [];
    }
    const otherwise = part.type === 'image' ? 'image/jpeg' : 'application/pdf';
    const told = part.type === 'file' && part.name !== null ? mediaTypeOfName(part.name, otherwise) : otherwise;
    const fileUri = name.startsWith('files/') ? `https://generativelanguage.googleapis.com/v1beta/${name}` : name;
    return [{ fileData: { mimeType: mediaTypeOfName(name, told), fileUri } }];
  }

  /** Pictures of a result stand behind it in the same message. */
  private result(part: ToolResultPart, at: string): JsonRecord[] {
    const name = part.name ?? this.nameOf(part.callId);
    if (name === null) {
      this.problem ??= unsupported(at, `no call ${JSON.stringify(part.callId.slice(0, 100))} stands before its result`);
      return [];
    }
    const text = part.parts
      .map((one) => (one.type === 'text' ? one.text : ''))
      .filter((one) => one !== '')
      .join('\n');
    const shown = part.parts.flatMap((one, index) =>
      one.type === 'text' ? [] : this.media(one, `${at}.content[${index}]`),
    );
    const response = part.isError ? { error: text } : { output: text };
    return [{ functionResponse: { name, response } }, ...shown];
  }
}

/** Of the thoughts that come back only Google's own are of use; without their seal they are not wanted. */
function thought({ text, summaries, seal, isRedacted }: ReasoningPart): JsonRecord[] {
  const signature = ofGoogle(seal);
  if (signature === null) return [];
  const told = isRedacted ? '' : text || summaries.join('\n\n');
  return told === ''
    ? [{ text: '', thoughtSignature: signature }]
    : [{ text: told, thought: true, thoughtSignature: signature }];
}

function functionCall({ name, input, seal }: ToolCallPart): JsonRecord {
  const parsed = input.trim() === '' ? {} : parsedJson(input);
  // What a model wrote is no object now and then; it reads what it wrote, as a text.
  const args = isRecord(parsed) ? parsed : { input };
  const signature = ofGoogle(seal);
  return { functionCall: { name, args }, ...(signature === null ? {} : { thoughtSignature: signature }) };
}

function ofGoogle(seal: Seal | null): string | null {
  return seal?.origin === 'google' ? seal.value : null;
}
