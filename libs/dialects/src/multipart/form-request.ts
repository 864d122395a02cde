import type { CallRequest, CallSource } from '../call/call.js';
import { invalid, type RequestProblem } from '../call/request-problem.js';
import type { CallerFacts } from '../passing/passed-facts.js';
import { parsedJson } from '../json/records.js';
import { gatewayKeys } from '../request/gateway-keys.js';
import { piecesWith, type ByteEdit } from '../json/byte-edits.js';
import { FormParameters } from './form-parameters.js';
import { formBoundary, readForm, type FormPart } from './multipart-form.js';

const nothing = Buffer.alloc(0);

/** A request as a form: fields as parameters, files as ranges of the body. */
export class FormRequest {
  readonly parameters: FormParameters;

  constructor(
    readonly body: Buffer,
    private readonly contentType: string,
    readonly parts: readonly FormPart[],
  ) {
    this.parameters = new FormParameters(body, parts);
  }

  /** The files of a field, also as `image[]` and `image[0]`. */
  files(name: string): FormPart[] {
    return this.parts.filter((part) => part.filename !== null && part.name.replace(/\[\d*\]$/, '') === name);
  }

  contentOf({ content }: FormPart): Buffer {
    return this.body.subarray(content.start, content.end);
  }

  /** What the caller says of itself and of routing; what is an object in JSON is JSON in its field. */
  get callerFacts(): CallerFacts {
    const { parameters } = this;
    const provider = parameters.text('provider');
    return {
      endUser: parameters.text256('user'),
      session: parameters.text256('session_id'),
      models: [],
      provider: provider === null ? undefined : (parsedJson(provider) ?? provider),
    };
  }

  /** The form for an endpoint: its name of the model, without the gateway's own fields; every other byte stays. */
  withModel(model: string): Pick<CallRequest, 'body' | 'contentType'> {
    const edits: ByteEdit[] = [];
    for (const { name, filename, content, whole } of this.parts) {
      if (filename !== null) continue;
      if (name === 'model') edits.push({ ...content, bytes: Buffer.from(model) });
      else if (gatewayKeys.includes(name)) edits.push({ ...whole, bytes: nothing });
    }
    return { body: this.assembled(edits), contentType: this.contentType };
  }

  /** The first delimiter may have no line break before it; where its part is taken out, the next one's goes with it. */
  private assembled(edits: readonly ByteEdit[]): Buffer[] {
    const pieces = piecesWith(this.body, { start: 0, end: this.body.length }, edits);
    const [first] = pieces;
    const isCut = first !== undefined && edits.some(({ start, bytes }) => start === 0 && bytes.length === 0);
    return isCut ? [first.subarray(2), ...pieces.slice(1)] : pieces;
  }
}

export type FormRequestReading = { readonly form: FormRequest } | { readonly problem: RequestProblem };

export function isForm(source: CallSource): boolean {
  return formBoundary(contentTypeOf(source)) !== null;
}

/** Refuses what is no form, or a broken one. */
export function readFormRequest(source: CallSource): FormRequestReading {
  const { body } = source;
  const contentType = contentTypeOf(source);
  const boundary = formBoundary(contentType);
  if (boundary === null || contentType === undefined) {
    return { problem: invalid('content-type', 'multipart/form-data with a boundary') };
  }
  const reading = readForm(body, boundary);
  return 'problem' in reading ? reading : { form: new FormRequest(body, contentType, reading.parts) };
}

function contentTypeOf({ headers }: CallSource): string | undefined {
  const type = headers['content-type'];
  return typeof type === 'string' ? type : undefined;
}
