import type { UsageFinal } from '@apilink/contracts';
import {
  readChatCall,
  readCompletionsCall,
  readEmbeddingsCall,
  readGeminiCall,
  readImageEditCall,
  readImageGenerationCall,
  readMessagesCall,
  readRerankCall,
  readResponsesCall,
  readSpeechCall,
  readTranscriptionCall,
  type CallReader,
} from '@apilink/dialects';

/** A route whose POST costs money: how its body is read, and under which name it is counted. */
export interface CallRoute {
  /** As metrics and spans name it; never with a model's name in it. */
  readonly name: string;
  readonly read: CallReader;
  /** What the client speaks, as the receipt tells it. */
  readonly dialect: UsageFinal['dialect'];
  /** `gen_ai.operation.name` of OpenTelemetry's conventions. */
  readonly operation: string;
  /** What its body is, when not JSON. */
  readonly takesMultipart: boolean;
}

const json = { takesMultipart: false };
const form = { takesMultipart: true };

const images = { dialect: 'images', operation: 'generate_content' } as const;
const transcriptions = { dialect: 'transcriptions', operation: 'transcription' } as const;

const routes: readonly CallRoute[] = [
  { name: '/v1/chat/completions', read: readChatCall, dialect: 'chat', operation: 'chat', ...json },
  { name: '/v1/completions', read: readCompletionsCall, dialect: 'chat', operation: 'text_completion', ...json },
  { name: '/v1/responses', read: readResponsesCall, dialect: 'responses', operation: 'chat', ...json },
  { name: '/v1/responses/compact', read: readResponsesCall, dialect: 'responses', operation: 'chat', ...json },
  { name: '/v1/messages', read: readMessagesCall, dialect: 'messages', operation: 'chat', ...json },
  { name: '/v1/embeddings', read: readEmbeddingsCall, dialect: 'embeddings', operation: 'embeddings', ...json },
  { name: '/v1/rerank', read: readRerankCall, dialect: 'rerank', operation: 'rerank', ...json },
  { name: '/v1/images/generations', read: readImageGenerationCall, ...images, ...json },
  { name: '/v1/images/edits', read: readImageEditCall, ...images, ...form },
  { name: '/v1/audio/speech', read: readSpeechCall, dialect: 'speech', operation: 'speech', ...json },
  { name: '/v1/audio/transcriptions', read: readTranscriptionCall, ...transcriptions, ...form },
];

const byPath: ReadonlyMap<string, CallRoute> = new Map(routes.map((route) => [route.name, route]));

/** A dry run of a call: it reads the same bodies, and Nest's controllers have no raw ones. */
export const QUOTE_ROUTE = '/v1/quote';

/** OpenRouter's SDK has its base path before ours. */
const OPENROUTER_PREFIX = '/api';

/** Gemini's paths name the model. */
const GEMINI_PREFIX = '/v1beta/models/';
const geminiRoutes = ['generateContent', 'streamGenerateContent'].map((method) => ({
  ending: `:${method}`,
  route: {
    name: `${GEMINI_PREFIX}{model}:${method}`,
    read: readGeminiCall,
    dialect: 'gemini' as const,
    operation: 'generate_content',
    ...json,
  },
}));

/** All of them, as the document of the API has them. */
export const callRouteNames: readonly string[] = [...routes, ...geminiRoutes.map(({ route }) => route)].map(
  ({ name }) => name,
);

function geminiRouteOf(path: string): CallRoute | null {
  return geminiRoutes.find(({ ending }) => path.endsWith(ending))?.route ?? null;
}

/** The route of a path without its query; null when no call is made there. */
export function callRouteOf(path: string): CallRoute | null {
  const known = byPath.get(path);
  if (known !== undefined) return known;
  if (path.startsWith(GEMINI_PREFIX)) return geminiRouteOf(path);
  if (path.startsWith(`${OPENROUTER_PREFIX}/v1/`)) return byPath.get(path.slice(OPENROUTER_PREFIX.length)) ?? null;
  return null;
}
