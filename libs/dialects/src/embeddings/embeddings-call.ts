import type { CallReading, CallSource } from '../call/call.js';
import { invariant } from '../call/invariant.js';
import { invalid, type RequestProblem } from '../call/request-problem.js';
import { PassedCall } from '../passing/passed-call.js';
import { passedFacts } from '../passing/passed-facts.js';
import {
  callerFacts,
  MODEL_CHARACTERS_MAX,
  readDocumentCall,
  type RequestDocument,
} from '../passing/request-document.js';
import { readEmbeddingInputs } from './embedding-inputs.js';
import { readEmbeddingsAnswer } from './embeddings-answer.js';
import type { EncodingFormat } from './vector-encoding.js';

const DIMENSIONS_MAX = 65_536;

/** `POST /v1/embeddings`. */
export function readEmbeddingsCall(source: CallSource): CallReading {
  return readDocumentCall(source, read);
}

function read(document: RequestDocument): CallReading {
  const { parameters, body } = document;
  const model = parameters.requiredText('model', MODEL_CHARACTERS_MAX);
  const format = encodingFormat(document);
  parameters.count('dimensions', DIMENSIONS_MAX);
  if (parameters.flag('stream')) parameters.refuse('stream', 'false: vectors come whole');
  const caller = callerFacts(document);
  const member = document.member('input');
  if (parameters.problem !== null) return { problem: parameters.problem };
  if (member === null) return { problem: missing('input') };
  const inputs = readEmbeddingInputs(body, { start: member.valueStart, end: member.end });
  if ('problem' in inputs) return inputs;
  const { count, tokens, longestTokens } = inputs;
  return {
    call: new PassedCall({
      dialect: 'embeddings',
      facts: passedFacts({
        model,
        caller,
        textTokens: tokens,
        units: { contextTokens: longestTokens },
      }),
      hasEvents: false,
      request: (name) => ({ body: document.withModel(name), contentType: 'application/json', headers: [] }),
      openStream: () => invariant('embeddings are not streamed'),
      readAnswer: (answer, _target, face) => readEmbeddingsAnswer(answer, { count, format }, face),
    }),
  };
}

function encodingFormat({ parameters }: RequestDocument): EncodingFormat {
  const value = parameters.value('encoding_format');
  if (value === 'base64') return value;
  if (value !== undefined && value !== 'float') parameters.refuse('encoding_format', '"float" or "base64"');
  return 'float';
}

function missing(param: string): RequestProblem {
  return { ...invalid(param, ''), code: 'missing_parameter', detail: 'it is missing' };
}
