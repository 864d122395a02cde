import type { CallReading, CallRequest, CallSource } from '../call/call.js';
import { invalid, unsupported, type RequestProblem } from '../call/request-problem.js';
import { isRecord } from '../json/records.js';
import { FormRequest, isForm, readFormRequest } from '../multipart/form-request.js';
import { PassedCall } from '../passing/passed-call.js';
import { passedFacts, type CallerFacts } from '../passing/passed-facts.js';
import { callerFacts, readDocumentCall, type RequestDocument } from '../passing/request-document.js';
import { readImageParameters, type ImageParameters } from './image-parameters.js';
import { INPUT_IMAGE_TOKENS, outputTokensOfPicture } from './image-tokens.js';
import { openImageEvents, readImagesAnswer, type AskedImages } from './images-answer.js';
import { isPicture, pictureTextProblem } from './picture.js';

const PICTURES_MAX = 64;
/** Null for generations: the dialect's usual path. */
type ImageOperation = 'edits' | null;

/** `POST /v1/images/generations`. */
export function readImageGenerationCall(source: CallSource): CallReading {
  return readDocumentCall(source, (document) => readDocument(document, null));
}

/** `POST /v1/images/edits`, as a form with files or in JSON with addresses and data URLs. */
export function readImageEditCall(source: CallSource): CallReading {
  if (!isForm(source)) return readDocumentCall(source, (document) => readDocument(document, 'edits'));
  const reading = readFormRequest(source);
  return 'problem' in reading ? reading : readForm(reading.form);
}

function readDocument(document: RequestDocument, operation: ImageOperation): CallReading {
  const { parameters } = document;
  const partial = parameters.value('partial_images') ?? 0;
  const read = readImageParameters(parameters, typeof partial === 'number' ? partial : -1);
  const caller = callerFacts(document);
  const pictures = operation === 'edits' ? picturesOf(document) : { count: 0, problem: null };
  const problem = parameters.problem ?? pictures.problem;
  if (problem !== null) return { problem };
  return callOf(read, { operation, caller, pictures: pictures.count }, (model) => ({
    body: document.withModel(model),
    contentType: 'application/json',
  }));
}

function readForm(form: FormRequest): CallReading {
  const { parameters } = form;
  const partial = parameters.text('partial_images') ?? '0';
  const read = readImageParameters(parameters, /^\d{1,3}$/.test(partial) ? Number(partial) : -1);
  const files = form.files('image');
  const masks = form.files('mask');
  if (files.length === 0) parameters.problem ??= missing('image');
  if (files.length > PICTURES_MAX) parameters.refuse('image', `at most ${PICTURES_MAX} files`);
  for (const file of [...files, ...masks]) {
    if (!isPicture(form.contentOf(file))) {
      parameters.refuse(file.name, 'a picture (PNG, JPEG, GIF, WebP, AVIF or HEIC), got something else');
    }
  }
  if (parameters.problem !== null) return { problem: parameters.problem };
  const pictures = files.length + masks.length;
  return callOf(read, { operation: 'edits', caller: form.callerFacts, pictures }, (model) => form.withModel(model));
}

interface EditFacts {
  readonly operation: ImageOperation;
  readonly caller: CallerFacts;
  readonly pictures: number;
}

function callOf(
  read: ImageParameters,
  { operation, caller, pictures }: EditFacts,
  request: (model: string) => Pick<CallRequest, 'body' | 'contentType'>,
): CallReading {
  const mediaInputTokensMax = pictures * INPUT_IMAGE_TOKENS;
  const asked: AskedImages = { ...read, inputTokens: read.promptTokens + mediaInputTokensMax };
  const { model, stream, images, promptTokens } = read;
  return {
    call: new PassedCall({
      dialect: 'images',
      facts: passedFacts({
        model,
        stream,
        choices: images,
        caller,
        textTokens: promptTokens,
        units: { contextTokens: 0, images, outputTokensMax: outputTokensOfPicture(read), mediaInputTokensMax },
      }),
      hasEvents: true,
      request: (name) => ({ ...request(name), headers: [], operation }),
      openStream: (_target, face) => openImageEvents(asked, face),
      readAnswer: (answer, _target, face) => readImagesAnswer(answer, asked, face),
    }),
  };
}

/** Pictures of a document: `images` and `mask` of OpenAI, `image` of others. */
function picturesOf(document: RequestDocument): { count: number; problem: RequestProblem | null } {
  let count = 0;
  let found: RequestProblem | null = null;
  for (const key of ['images', 'image', 'mask']) {
    const value = document.value(key);
    if (value === undefined) continue;
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const [index, picture] of list.entries()) {
      count++;
      const path = Array.isArray(value) ? `${key}[${index}]` : key;
      found ??= pictureProblem(path, picture);
    }
  }
  if (count === 0) found ??= missing('images');
  if (count > PICTURES_MAX) found ??= invalid('images', `at most ${PICTURES_MAX} pictures, got ${count}`);
  return { count, problem: found };
}

function pictureProblem(path: string, picture: unknown): RequestProblem | null {
  if (typeof picture === 'string') return pictureTextProblem(path, picture);
  if (!isRecord(picture)) return invalid(path, 'an object with image_url');
  // A provider keeps files by its account, and that is ours: one customer could name another's.
  if (picture['file_id'] !== undefined) return unsupported(`${path}.file_id`, 'send the picture itself, as a data URL');
  for (const key of ['image_url', 'url']) {
    const value = picture[key];
    if (typeof value === 'string') return pictureTextProblem(`${path}.${key}`, value);
    if (isRecord(value)) return pictureProblem(`${path}.${key}`, value);
  }
  return invalid(path, 'an object with image_url');
}

function missing(param: string): RequestProblem {
  return { code: 'missing_parameter', param, detail: 'it is missing', limit: null };
}
