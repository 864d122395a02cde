import { billingApi } from '@apilink/contracts';
import { z } from 'zod';

import { CommandError, exitCodes } from '../command/command.errors.js';
import type { Instance } from '../instance/instance.config.js';

const requestTimeoutMs = 60_000;
/** An answer that is followed line by line, as the audit of large books, may take long; yet it has an end. */
const followTimeoutMs = 3_600_000;
const answerCharactersMax = 64 * 1024 * 1024;

const errorAnswerSchema = z.object({ error: z.object({ message: z.string() }) });

export interface BillingRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Who is asked (billing); the access token is good for all. */
  readonly service?: 'billing' | 'invoicing';
  /** Below /api/<service>/v1, with its parts encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** In wire form. */
  readonly body?: unknown;
}

/** Billing's API as the operator: exchanges the operator token for an access token once, at the first request. */
export class BillingClient {
  #accessToken: Promise<string> | null = null;

  constructor(
    private readonly instance: Instance,
    private readonly send: typeof fetch = fetch,
  ) {}

  /** The answer's body, parsed. Throws CommandError with the exit code that says whose fault it is. */
  async ask<Schema extends z.ZodType>(request: BillingRequest, schema: Schema): Promise<z.output<Schema>> {
    const response = await this.authorized(request);
    return this.readAnswer(response, schema);
  }

  /** For a request whose answer carries nothing. */
  async tell(request: BillingRequest): Promise<void> {
    const response = await this.authorized(request);
    await response.body?.cancel();
  }

  /** The lines of an NDJSON answer as they come. */
  async *follow<Schema extends z.ZodType>(request: BillingRequest, schema: Schema): AsyncGenerator<z.output<Schema>> {
    const response = await this.authorized(request, followTimeoutMs);
    let rest = '';
    for await (const text of this.textOf(response)) {
      rest += text;
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.trim() !== '') yield parseAnswer(line, schema);
    }
    if (rest.trim() !== '') yield parseAnswer(rest, schema);
  }

  private async authorized(request: BillingRequest, timeoutMs = requestTimeoutMs): Promise<Response> {
    this.#accessToken ??= this.openSession();
    return this.exchange(request, { authorization: `Bearer ${await this.#accessToken}` }, timeoutMs);
  }

  private async openSession(): Promise<string> {
    const body = { operatorToken: this.instance.operatorToken };
    const response = await this.exchange({ method: 'POST', path: '/operator-sessions', body }, {}, requestTimeoutMs);
    return (await this.readAnswer(response, billingApi.operatorSessionReplySchema)).accessToken;
  }

  private async exchange(
    request: BillingRequest,
    headers: Record<string, string>,
    timeoutMs: number,
  ): Promise<Response> {
    const { service = 'billing' } = request;
    const origin = service === 'billing' ? this.instance.billingUrl : this.instance.invoicingUrl;
    const url = new URL(`${origin}/api/${service}/v1${request.path}`);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    const hasBody = request.body !== undefined;
    let response: Response;
    try {
      response = await this.send(url, {
        method: request.method,
        headers: { accept: 'application/json', ...headers, ...(hasBody ? { 'content-type': 'application/json' } : {}) },
        ...(hasBody ? { body: JSON.stringify(request.body) } : {}),
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch (error) {
      const sentence = `ApiLink does not answer at ${origin}. Is it running?`;
      throw new CommandError(exitCodes.notReachable, sentence, { cause: error });
    }
    if (response.ok) return response;
    throw await refusal(response);
  }

  private async readAnswer<Schema extends z.ZodType>(response: Response, schema: Schema): Promise<z.output<Schema>> {
    let answer = '';
    for await (const text of this.textOf(response)) {
      answer += text;
      if (answer.length > answerCharactersMax) {
        throw new CommandError(exitCodes.notReachable, 'The answer is too large.');
      }
    }
    return parseAnswer(answer, schema);
  }

  /** The body as it comes. Throws CommandError when it breaks off: the instance stopped, or the time is over. */
  private async *textOf(response: Response): AsyncGenerator<string> {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body ?? []) yield decoder.decode(chunk, { stream: true });
    } catch (error) {
      const sentence = `The answer of ${new URL(response.url === '' ? this.instance.billingUrl : response.url).origin} broke off.`;
      throw new CommandError(exitCodes.notReachable, sentence, { cause: error });
    }
  }
}

async function refusal(response: Response): Promise<CommandError> {
  const answer = errorAnswerSchema.safeParse(await response.json().catch(() => null));
  const message = answer.success ? answer.data.error.message : `HTTP status ${response.status}`;
  const away = response.status >= 500 || response.status === 429;
  return new CommandError(away ? exitCodes.notReachable : exitCodes.refused, message);
}

function parseAnswer<Schema extends z.ZodType>(text: string, schema: Schema): z.output<Schema> {
  const answer = z
    .string()
    .transform((json, context): unknown => {
      try {
        return JSON.parse(json);
      } catch {
        context.addIssue('not JSON');
        return z.NEVER;
      }
    })
    .pipe(schema)
    .safeParse(text);
  if (answer.success) return answer.data;
  const sentence = `The answer is not one of ApiLink's billing: ${z.prettifyError(answer.error)}`;
  throw new CommandError(exitCodes.notReachable, sentence);
}
