import type { Call, RequestProblem, UpstreamDialect } from '@apilink/dialects';

/** In what a call can be said to the endpoints of its model. */
export interface CarriedDialects {
  /** The call's own first. */
  readonly carried: readonly UpstreamDialect[];
  /** Why it cannot be said in another one that some endpoint speaks; null when every one will do. */
  readonly problem: RequestProblem | null;
}

/**
 * A dialect is looked at only for endpoints that none before it reaches: reading a request for translation costs, and where
 * every endpoint speaks the client's own dialect nothing is read.
 */
export function carriedDialects(
  call: Call,
  endpoints: readonly { readonly dialects: readonly string[] }[],
): CarriedDialects {
  const carried: UpstreamDialect[] = [];
  let problem: RequestProblem | null = null;
  let left = endpoints;
  for (const dialect of call.spoken) {
    if (!left.some(({ dialects }) => dialects.includes(dialect))) continue;
    const found = call.problemFor(dialect);
    if (found === null) {
      carried.push(dialect);
      left = left.filter(({ dialects }) => !dialects.includes(dialect));
    } else problem ??= found;
  }
  return { carried, problem };
}

/** In what the endpoint is spoken to: the client's own dialect where it can be. */
export function dialectFor(
  endpoint: { readonly dialects: readonly string[] },
  { carried }: CarriedDialects,
): UpstreamDialect | null {
  return carried.find((dialect) => endpoint.dialects.includes(dialect)) ?? null;
}
