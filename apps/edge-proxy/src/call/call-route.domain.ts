import type { UsageFinal } from '@apilink/contracts';
import { readChatCall, readMessagesCall, readResponsesCall, type CallReader } from '@apilink/dialects';

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

const routes: readonly CallRoute[] = [
  { name: '/v1/chat/completions', read: readChatCall, dialect: 'chat', operation: 'chat', ...json },
  { name: '/v1/responses', read: readResponsesCall, dialect: 'responses', operation: 'chat', ...json },
  { name: '/v1/messages', read: readMessagesCall, dialect: 'messages', operation: 'chat', ...json },
];

const byPath: ReadonlyMap<string, CallRoute> = new Map(routes.map((route) => [route.name, route]));

/** OpenRouter's SDK has its base path before ours. */
const OPENROUTER_PREFIX = '/api';

/** The route of a path without its query; null when no call is made there. */
export function callRouteOf(path: string): CallRoute | null {
  const known = byPath.get(path);
  if (known !== undefined) return known;
  if (path.startsWith(`${OPENROUTER_PREFIX}/v1/`)) return byPath.get(path.slice(OPENROUTER_PREFIX.length)) ?? null;
  return null;
}
