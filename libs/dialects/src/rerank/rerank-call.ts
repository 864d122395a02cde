import { emptyUsage } from '@apilink/pricing';

import type { CallFace, CallReading, CallSource } from '../call/call.js';
import type { WholeAnswer } from '../call/answer-stream.js';
import { invariant } from '../call/invariant.js';
import { isRecord } from '../json/records.js';
import { OPEN_BRACKET } from '../json/json-bytes.js';
import { elementsOf } from '../json/json-members.js';
import type { MemberRange } from '../json/scan-document.js';
import { AnswerDocument } from '../passing/answer-document.js';
import { failedAnswer, foreignAnswer, passedAnswer } from '../passing/answer-reading.js';
import { PassedCall } from '../passing/passed-call.js';
import { passedFacts } from '../passing/passed-facts.js';
import {
  callerFacts,
  MODEL_CHARACTERS_MAX,
  readDocumentCall,
  type RequestDocument,
} from '../passing/request-document.js';
import { countStringTokens } from '../tokens/token-estimator.js';
import { RerankUsageReader } from '../usage/rerank-usage.js';
import { noReading, type RequestedUnits } from '../usage/usage-reading.js';

const QUERY_CHARACTERS_MAX = 65_536;
const DOCUMENTS_MAX = 10_000;
/** A search is sold for every hundred documents begun (Cohere, "How does pricing work"). */
const DOCUMENTS_OF_A_SEARCH = 100;
/** A longer document, the query added, counts as several of them. */
const DOCUMENT_TOKENS = 500;
/** So much of a document is left beside a long query at least. */
const DOCUMENT_TOKENS_MIN = 50;
/** The estimate of a text covers nearly all with this factor (libs/pricing, hold-size). */
const MARGIN = 1.25;

/** `POST /v1/rerank`, in the shapes of Cohere and Jina. */
export function readRerankCall(source: CallSource): CallReading {
  return readDocumentCall(source, read);
}

function read(document: RequestDocument): CallReading {
  const { parameters } = document;
  const model = parameters.requiredText('model', MODEL_CHARACTERS_MAX);
  parameters.requiredText('query', QUERY_CHARACTERS_MAX);
  parameters.count('top_n', null);
  parameters.flag('return_documents');
  const caller = callerFacts(document);
  const work = workOf(document);
  if (parameters.problem !== null) return { problem: parameters.problem };
  const requested: RequestedUnits = { characters: 0, audioMilliseconds: null, searches: work.searches };
  const { searches, searchesMax, tokens, queryTokens } = work;
  return {
    call: new PassedCall({
      dialect: 'rerank',
      facts: passedFacts({
        model,
        caller,
        textTokens: tokens,
        units: { searches, searchesMax, contextTokens: queryTokens },
      }),
      hasEvents: false,
      request: (name) => ({ body: document.withModel(name), contentType: 'application/json', headers: [] }),
      openStream: () => invariant('rankings are not streamed'),
      readAnswer: (answer, _target, face) => readRerankAnswer(answer, requested, tokens, face),
    }),
  };
}

interface RerankWork {
  readonly searches: number;
  readonly searchesMax: number;
  readonly tokens: number;
  readonly queryTokens: number;
}

/** The query is read with every document anew, and providers that sell tokens count it so. */
function workOf(document: RequestDocument): RerankWork {
  const { body, parameters } = document;
  const query = document.member('query');
  const list = document.member('documents');
  const queryTokens = query === null ? 0 : tokensOf(body, query.valueStart, query.end);
  const room = Math.max(DOCUMENT_TOKENS_MIN, DOCUMENT_TOKENS - Math.ceil(queryTokens * MARGIN));
  let count = 0;
  let chunks = 0;
  let tokens = 0;
  for (const { start, end } of documentsOf(document, list)) {
    count++;
    const own = tokensOf(body, start, end);
    tokens += own + queryTokens;
    chunks += Math.max(1, Math.ceil((own * MARGIN) / room));
  }
  if (count > DOCUMENTS_MAX) parameters.refuse('documents', `at most ${DOCUMENTS_MAX} documents`);
  return {
    searches: Math.ceil(count / DOCUMENTS_OF_A_SEARCH),
    searchesMax: Math.ceil(chunks / DOCUMENTS_OF_A_SEARCH),
    tokens,
    queryTokens,
  };
}

function* documentsOf({ body, parameters }: RequestDocument, list: MemberRange | null) {
  if (list === null) {
    parameters.problem ??= { code: 'missing_parameter', param: 'documents', detail: 'it is missing', limit: null };
    return;
  }
  const expected = 'a list of at least one text or object';
  if (body[list.valueStart] !== OPEN_BRACKET) {
    parameters.refuse('documents', expected);
    return;
  }
  let count = 0;
  for (const element of elementsOf(body, list.valueStart)) {
    const first = body[element.start];
    if (first !== 0x22 && first !== 0x7b) parameters.refuse('documents', 'a list of texts or objects');
    count++;
    yield element;
  }
  if (count === 0) parameters.refuse('documents', expected);
}

/** Of a text or of an object's bytes: its keys are counted with it, which is never too little. */
function tokensOf(body: Buffer, start: number, end: number): number {
  return Math.ceil(countStringTokens(body, start, end) / 100) + 1;
}

function readRerankAnswer(body: Buffer, requested: RequestedUnits, tokens: number, face: CallFace): WholeAnswer {
  const document = AnswerDocument.read(body);
  if (document === null) return foreignAnswer;
  const { failure } = document;
  if (failure !== null) return failedAnswer(failure);
  // Voyage calls its list `data`.
  const results = document.member('results') ?? document.member('data');
  if (results === null || body[results.valueStart] !== OPEN_BRACKET) return foreignAnswer;
  const [usage, meta] = [document.value('usage'), document.value('meta')];
  const isTold = isRecord(usage) || (isRecord(meta) && isRecord(meta['billed_units']));
  const reader = new RerankUsageReader(requested);
  reader.note({ usage, meta });
  return passedAnswer({
    told: isTold ? reader.reading : noReading(null),
    counted: { ...emptyUsage, input: tokens, rerankSearches: requested.searches, requests: 1 },
    write: (closing, keepsUsage) => {
      const { input, rerankSearches } = closing.usage;
      const ownUsage = { search_units: rerankSearches, total_tokens: input };
      const answer = document.edited({ model: face.model, keepsUsage, ownUsage, closing });
      return { contentType: 'application/json', body: answer };
    },
  });
}
