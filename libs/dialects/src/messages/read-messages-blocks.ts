import { mediaAddressProblem } from '../address/media-address.js';
import { isRecord, textOf } from '../json/records.js';
import type { DocumentReader } from '../turn/document-reader.js';
import { sealOf } from '../turn/seal-envelope.js';
import type {
  CacheMark,
  FilePart,
  ImagePart,
  TextPart,
  ToolResultPart,
  TurnPart,
  TurnSource,
} from '../turn/turn-part.js';
import type { JsonRecord } from '../turn/turn-request.js';
import { citationOf } from './read-messages-answer-block.js';

type PlainPart = TextPart | ImagePart | FilePart;

/** A list as a client wrote it, or a text alone, which is short for a list of one. */
export function contentBlocks(
  reader: DocumentReader,
  owner: JsonRecord,
  path: string,
): readonly { readonly value: JsonRecord; readonly at: string }[] {
  const content = owner['content'];
  if (typeof content === 'string') return [{ value: { type: 'text', text: content }, at: path }];
  return [...reader.records(owner, 'content', path)];
}

/** Reads content blocks of a request as parts. A block of a kind that no other dialect has is refused by its path. */
export class BlockReader {
  constructor(private readonly reader: DocumentReader) {}

  parts(block: JsonRecord, at: string): readonly TurnPart[] {
    const { reader } = this;
    switch (block['type']) {
      case 'thinking': {
        const signature = textOf(block['signature']) ?? '';
        const seal = signature === '' ? null : sealOf(signature, 'anthropic');
        const text = reader.requiredText(block, 'thinking', `${at}.thinking`);
        return [{ type: 'reasoning', text, summaries: [], seal, isRedacted: false, id: null }];
      }
      case 'redacted_thinking': {
        const seal = sealOf(reader.requiredText(block, 'data', `${at}.data`), 'anthropic');
        return [{ type: 'reasoning', text: '', summaries: [], seal, isRedacted: true, id: null }];
      }
      case 'tool_use':
        return [this.toolUse(block, at)];
      case 'tool_result':
        return [this.toolResult(block, at)];
      default:
        return this.plainParts(block, at);
    }
  }

  /** What may stand in a tool's result, too. */
  private plainParts(block: JsonRecord, at: string): readonly PlainPart[] {
    switch (block['type']) {
      case 'text':
        return [this.text(block, at)];
      case 'image': {
        const source = this.source(block, at);
        return source === null ? [] : [{ type: 'image', source, detail: null, cache: this.cache(block, at) }];
      }
      case 'document':
        return this.document(block, at);
      case 'search_result':
        return this.searchResult(block, at);
      default: {
        const type = textOf(block['type']);
        const detail =
          type === null ? 'a content block needs a type' : `"${type.slice(0, 60)}" is a kind of Anthropic's alone`;
        this.reader.unsupported(`${at}.type`, detail);
        return [];
      }
    }
  }

  private text(block: JsonRecord, at: string): TextPart {
    const text = this.reader.requiredText(block, 'text', `${at}.text`);
    const told = this.reader.list(block, 'citations', `${at}.citations`);
    const citations = told.map((citation) => citationOf(citation)).filter((one) => one !== null);
    return { type: 'text', text, cache: this.cache(block, at), citations };
  }

  private source(block: JsonRecord, at: string): TurnSource | null {
    const { reader } = this;
    const path = `${at}.source`;
    const source = reader.record(block, 'source', path);
    if (source === null) {
      reader.invalid(path, 'an object');
      return null;
    }
    switch (source['type']) {
      case 'base64': {
        const mediaType = reader.requiredText(source, 'media_type', `${path}.media_type`);
        return { from: 'base64', mediaType, data: reader.requiredText(source, 'data', `${path}.data`) };
      }
      case 'url': {
        const url = reader.requiredText(source, 'url', `${path}.url`);
        reader.problem ??= mediaAddressProblem(`${path}.url`, url);
        return { from: 'url', url };
      }
      case 'file':
        return { from: 'file', id: reader.requiredText(source, 'file_id', `${path}.file_id`) };
      default:
        reader.unsupported(`${path}.type`, 'expected base64, url or file');
        return null;
    }
  }

  /** A document of plain text, or of blocks, becomes text: other dialects know files by their bytes alone. */
  private document(block: JsonRecord, at: string): readonly PlainPart[] {
    this.refuseCitations(block, at);
    const title = this.reader.text(block, 'title', `${at}.title`);
    const context = this.reader.text(block, 'context', `${at}.context`);
    const source = isRecord(block['source']) ? block['source'] : {};
    const cache = this.cache(block, at);
    const head = [title ?? '', context ?? ''].filter((text) => text !== '').join('\n');
    if (source['type'] === 'text') {
      const data = this.reader.requiredText(source, 'data', `${at}.source.data`);
      return [plainText(`<document>\n${head === '' ? '' : `${head}\n`}${data}\n</document>`, cache)];
    }
    if (source['type'] === 'content') {
      const blocks = contentBlocks(this.reader, source, `${at}.source.content`);
      const parts = blocks.flatMap(({ value, at: place }) => this.plainParts(value, place));
      return head === '' ? parts : [plainText(head, null), ...parts];
    }
    const file = this.source(block, at);
    if (file === null) return [];
    const told = context === null || context === '' ? [] : [plainText(context, null)];
    return [...told, { type: 'file', source: file, name: title, cache }];
  }

  private searchResult(block: JsonRecord, at: string): readonly PlainPart[] {
    this.refuseCitations(block, at);
    const title = this.reader.requiredText(block, 'title', `${at}.title`);
    const source = this.reader.requiredText(block, 'source', `${at}.source`);
    const texts = contentBlocks(this.reader, block, `${at}.content`).map(({ value }) => textOf(value['text']) ?? '');
    const text = `<search_result>\n${title}\n${source}\n${texts.join('\n')}\n</search_result>`;
    return [plainText(text, this.cache(block, at))];
  }

  private refuseCitations(block: JsonRecord, at: string): void {
    const wish = block['citations'];
    if (isRecord(wish) && wish['enabled'] === true) {
      this.reader.unsupported(`${at}.citations`, 'only Anthropic cites passages of documents');
    }
  }

  private toolUse(block: JsonRecord, at: string): TurnPart {
    const { reader } = this;
    const input = block['input'] ?? {};
    if (!isRecord(input)) reader.invalid(`${at}.input`, 'an object');
    if (textOf(block['toolset_name']) !== null)
      reader.unsupported(`${at}.toolset_name`, "toolsets are Anthropic's alone");
    return {
      type: 'tool_call',
      callId: reader.requiredText(block, 'id', `${at}.id`),
      name: reader.requiredText(block, 'name', `${at}.name`),
      namespace: null,
      form: 'function',
      input: JSON.stringify(input),
      seal: null,
      id: null,
      cache: this.cache(block, at),
    };
  }

  private toolResult(block: JsonRecord, at: string): ToolResultPart {
    const { reader } = this;
    const content = block['content'] ?? null;
    const blocks = content === null ? [] : contentBlocks(reader, block, `${at}.content`);
    return {
      type: 'tool_result',
      callId: reader.requiredText(block, 'tool_use_id', `${at}.tool_use_id`),
      name: null,
      form: 'function',
      parts: blocks.flatMap(({ value, at: place }) => this.plainParts(value, place)),
      isError: reader.flag(block, 'is_error', `${at}.is_error`) ?? false,
      cache: this.cache(block, at),
    };
  }

  cache(owner: JsonRecord, at: string): CacheMark | null {
    const mark = this.reader.record(owner, 'cache_control', `${at}.cache_control`);
    if (mark === null) return null;
    return { ttl: this.reader.oneOf(textOf(mark['ttl']), ['5m', '1h'], `${at}.cache_control.ttl`) };
  }
}

function plainText(text: string, cache: CacheMark | null): TextPart {
  return { type: 'text', text, cache, citations: [] };
}
