import { Controller, Delete, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiError } from '@apilink/service';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { KeyAccessService } from '../key/key-access.service.js';
import { pageOf, readPage, type ItemPage } from './item-page.domain.js';
import type { ResponseStore } from './response-store.service.js';

/** Null where nothing is kept. */
export const RESPONSE_STORE = Symbol('RESPONSE_STORE');

type ListQuery = Readonly<Record<string, unknown>>;

/** Stored responses, for every key of their account. */
@Controller(['v1/responses', 'api/v1/responses'])
export class ResponsesController {
  constructor(
    @Inject(KeyAccessService) private readonly access: KeyAccessService,
    @Inject(RESPONSE_STORE) private readonly store: ResponseStore | null,
  ) {}

  /** The resource as the client was told it, byte for byte; `include` adds nothing to what it said then. */
  @Get(':id')
  async retrieve(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('id') id: string,
    @Query() query: ListQuery,
  ): Promise<void> {
    const { account, store } = await this.#enter(request, reply);
    if (query['stream'] !== undefined && query['stream'] !== 'false') {
      const detail = 'a stored response is given whole';
      throw new ApiError('unsupported_parameter', { param: 'stream', detail });
    }
    const resource = await store.resource(account, id);
    await reply.header('content-type', 'application/json').send(resource);
  }

  @Delete(':id')
  async remove(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
  ): Promise<object> {
    const { account, store } = await this.#enter(request, reply);
    await store.delete(account, id);
    return { id, object: 'response', deleted: true };
  }

  /** What the response was made from: its conversation and its own input. */
  @Get(':id/input_items')
  async inputItems(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
    @Query() query: ListQuery,
  ): Promise<ItemPage> {
    const { account, store } = await this.#enter(request, reply);
    const reading = readPage(query);
    if ('param' in reading) {
      throw new ApiError('invalid_parameter', { param: reading.param, detail: `expected ${reading.expected}` });
    }
    const page = pageOf(await store.inputItems(account, id), reading.asked);
    if (page === null) throw new ApiError('invalid_parameter', { param: 'after', detail: 'it is no item of the list' });
    return page;
  }

  async #enter(request: FastifyRequest, reply: FastifyReply) {
    const { identity } = await this.access.enter(request, reply);
    if (this.store === null) throw new ApiError('storage_not_offered', { param: 'response_id' });
    return { account: identity.accountId, store: this.store };
  }
}
