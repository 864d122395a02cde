import {
  readMessagesCount,
  readResponsesCount,
  type CallSource,
  type CountedCall,
  type RequestProblem,
  type UpstreamDialect,
} from '@apilink/dialects';

export type CountReading = CountedCall | { readonly problem: RequestProblem };

/** A route that counts a prompt and charges nothing. */
export interface CountRoute {
  /** As metrics name it. */
  readonly name: string;
  readonly read: (source: CallSource) => CountReading;
  /** Endpoints that speak it may be asked. */
  readonly dialect: UpstreamDialect;
  readonly operation: 'count_tokens' | 'input_tokens';
  /** The answer in the form that its clients read. */
  readonly write: (inputTokens: number) => object;
}

const routes: readonly CountRoute[] = [
  {
    name: '/v1/messages/count_tokens',
    read: readMessagesCount,
    dialect: 'messages',
    operation: 'count_tokens',
    write: (inputTokens) => ({ input_tokens: inputTokens }),
  },
  {
    name: '/v1/responses/input_tokens',
    read: readResponsesCount,
    dialect: 'responses',
    operation: 'input_tokens',
    write: (inputTokens) => ({ object: 'response.input_tokens', input_tokens: inputTokens }),
  },
];

const byPath: ReadonlyMap<string, CountRoute> = new Map(
  routes.flatMap((route) => [
    [route.name, route],
    // OpenRouter's SDK has its base path before ours.
    [`/api${route.name}`, route],
  ]),
);

export function countRouteOf(path: string): CountRoute | null {
  return byPath.get(path) ?? null;
}

/** `input_tokens` of a provider's answer; null for anything that is none. */
export function toldInputTokens(body: Buffer): number | null {
  const document = parsed(body.toString());
  const told =
    typeof document === 'object' && document !== null && 'input_tokens' in document ? document.input_tokens : 0;
  return typeof told === 'number' && Number.isSafeInteger(told) && told > 0 ? told : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
