import type { ErrorCode } from '@apilink/contracts';
import type { z } from 'zod';

export type OperationMethod = 'get' | 'head' | 'post' | 'patch' | 'delete';

export interface OperationBody {
  readonly schema: z.ZodType;
  /** What the code samples send; of a form the names and values of its fields. */
  readonly example: Readonly<Record<string, unknown>>;
  /** Default: JSON. */
  readonly contentType?: 'application/json' | 'multipart/form-data';
}

export interface OperationAnswer {
  readonly status: number;
  readonly description: string;
  /** Null = no body, or one that is not JSON. */
  readonly schema: z.ZodType | null;
  readonly contentType?: string;
}

/** One method of one path, as /openapi.json tells it. */
export interface Operation {
  readonly id: string;
  readonly method: OperationMethod;
  /** With `{name}` for a segment. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly pathParams?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: OperationBody;
  readonly answer: OperationAnswer;
  /** The data of one event, where `stream: true` gives a stream. */
  readonly event?: z.ZodType;
  /** Beside those of every operation. */
  readonly errors: readonly ErrorCode[];
  /** It needs no key. */
  readonly isPublic?: boolean;
  /** It costs money: it is admitted, held for and settled. */
  readonly isCall?: boolean;
}

/** What stands for a segment of a path in samples. */
const segments: Readonly<Record<string, string>> = {
  author: 'openai',
  slug: 'gpt-5.5',
  id: 'gpt-5.5',
  model: 'gpt-5.5',
  response_id: 'resp_…',
  hash: 'key_…',
};

/** The path of a sample request. */
export function samplePath({ path, query }: Operation): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => segments[name] ?? name);
  return query?.shape['id'] === undefined ? filled : `${filled}?id=gen_…`;
}

/** The path as Fastify has it. */
export function routePattern({ path }: Operation): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}
