import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as TlsAgent, request as httpsRequest } from 'node:https';

import {
  accountLoadRequestSchema,
  generationLookupReplySchema,
  generationLookupRequestSchema,
  internalPaths,
  managedKeysApi,
  keyLookupReplySchema,
  RECEIPT_KEYS_PATH,
  receiptKeySetSchema,
  usageHandoverReplySchema,
  type AccountId,
  type GenerationId,
  type KeyLookupReply,
  type ReceiptKeySet,
  type SignedReceipt,
  type UsageHandoverReply,
  type UsageHandoverRequest,
} from '@apilink/contracts';
import type { OutgoingEvent } from '@apilink/events';
import type { ServiceTokens } from '@apilink/service';
import { z } from 'zod';

/** An account load waits up to 2 s in billing; beyond this billing is away. */
const ANSWER_MS_MAX = 5_000;
/** Billing settles 500 events in one transaction before it answers. */
const HANDOVER_MS_MAX = 20_000;
const REPLY_BYTES_MAX = 1024 * 1024;

/** Billing did not answer, or not as the contract says. */
export class BillingUnavailable extends Error {
  constructor(reason: string, cause?: unknown) {
    super(`billing is unavailable: ${reason}`, { cause });
    this.name = 'BillingUnavailable';
  }
}

interface Reply {
  readonly status: number;
  readonly body: Buffer;
}

/** What the edge asks of billing, seldom: an unknown key, an account that the gate lacks, a receipt. */
export class BillingClient {
  readonly #agent: Agent;

  constructor(
    private readonly baseUrl: string,
    private readonly tokens: ServiceTokens,
  ) {
    const options = { keepAlive: true, maxSockets: 64, maxFreeSockets: 8 };
    this.#agent = baseUrl.startsWith('https:') ? new TlsAgent(options) : new Agent(options);
  }

  /** Null = there is no such key. Billing loads the key's account into the gate before it answers. */
  async findKey(keyHash: string): Promise<KeyLookupReply | null> {
    const reply = await this.#post(internalPaths.keyLookup, { keyHash });
    if (reply.status === 404) return null;
    return parse(keyLookupReplySchema, reply);
  }

  /** Resolves once the gate knows the account. */
  async loadAccount(accountId: AccountId): Promise<void> {
    const reply = await this.#post(internalPaths.accountLoad, z.encode(accountLoadRequestSchema, { accountId }));
    if (reply.status !== 204) throw new BillingUnavailable(`account load answered ${reply.status}`);
  }

  /** Null = unknown to billing, or of another account. */
  async findGeneration(accountId: AccountId, generationId: GenerationId): Promise<SignedReceipt | null> {
    const question = z.encode(generationLookupRequestSchema, { accountId, generationId });
    const reply = await this.#post(internalPaths.generationLookup, question);
    if (reply.status === 404) return null;
    return parse(generationLookupReplySchema, reply);
  }

  /** What a management key may do. */
  async managedKeys(request: managedKeysApi.ManagedKeyRequest): Promise<managedKeysApi.ManagedKeyReply> {
    const question = z.encode(managedKeysApi.managedKeyRequestSchema, request);
    const reply = await this.#post(managedKeysApi.managedKeysPath, question);
    return reply.status === 404 ? { outcome: 'not_found' } : parse(managedKeysApi.managedKeyReplySchema, reply);
  }

  /** What an account used, by day and model. */
  async accountActivity(request: managedKeysApi.AccountActivityRequest): Promise<managedKeysApi.AccountActivityReply> {
    const question = z.encode(managedKeysApi.accountActivityRequestSchema, request);
    return parse(
      managedKeysApi.accountActivityReplySchema,
      await this.#post(managedKeysApi.accountActivityPath, question),
    );
  }

  /** The public keys of receipts. */
  async receiptKeys(): Promise<ReceiptKeySet> {
    return parse(receiptKeySetSchema, await this.#send('GET', RECEIPT_KEYS_PATH, null, ANSWER_MS_MAX));
  }

  /** At most 500 events; those that billing will never settle come back, all others are settled. */
  async handOver(events: readonly OutgoingEvent[]): Promise<UsageHandoverReply['refused']> {
    const question = { events: events.map(handedOver) };
    const reply = await this.#post(internalPaths.usageHandover, question, HANDOVER_MS_MAX);
    return parse(usageHandoverReplySchema, reply).refused;
  }

  close(): void {
    this.#agent.destroy();
  }

  #post(path: string, question: object, answerMsMax: number = ANSWER_MS_MAX): Promise<Reply> {
    return this.#send('POST', path, JSON.stringify(question), answerMsMax);
  }

  async #send(method: 'GET' | 'POST', path: string, body: string | null, answerMsMax: number): Promise<Reply> {
    const send = this.baseUrl.startsWith('https:') ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const request = send(`${this.baseUrl}${path}`, {
        method,
        agent: this.#agent,
        timeout: answerMsMax,
        headers: {
          ...this.tokens.headers(),
          ...(body === null
            ? {}
            : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
        },
      });
      const fail = (error: Error): void => reject(new BillingUnavailable(error.message, error));
      request.on('timeout', () => request.destroy(new Error(`no answer within ${answerMsMax} ms`)));
      request.on('error', fail);
      request.on('response', (response) => {
        collect(response).then((whole) => resolve({ status: response.statusCode ?? 0, body: whole }), fail);
      });
      request.end(body ?? undefined);
    });
  }
}

function handedOver(event: OutgoingEvent): UsageHandoverRequest['events'][number] {
  const { id, type, source, time, key, traceparent, body } = event;
  if ((type !== 'usage.final' && type !== 'hold.opened') || body === null) {
    throw new TypeError(`${type} is no event of usage`);
  }
  return { id, type, source, time, key, body, ...(traceparent === undefined ? {} : { traceparent }) };
}

async function collect(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    const part = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    bytes += part.length;
    if (bytes > REPLY_BYTES_MAX) throw new Error(`the reply is larger than ${REPLY_BYTES_MAX} bytes`);
    chunks.push(part);
  }
  return Buffer.concat(chunks);
}

function parse<Schema extends z.ZodType>(schema: Schema, reply: Reply): z.output<Schema> {
  if (reply.status !== 200) throw new BillingUnavailable(`it answered ${reply.status}`);
  try {
    return schema.parse(JSON.parse(reply.body.toString('utf8')));
  } catch (error) {
    throw new BillingUnavailable('its reply cannot be read', error);
  }
}
