import { entityTag, isNamed } from './entity-tag.domain.js';

/** The part of Fastify's reply that these answers need. */
export interface Reply {
  header(name: string, value: string): Reply;
  code(status: number): Reply;
}

/** Readers may keep an answer for so long, and ask again with its tag after that. */
const SECONDS = 10;

/** Sends a body with its entity tag, or 304 and nothing when the reader has it already. */
export function answerCached(body: string, known: string | undefined, reply: Reply): string {
  const tag = entityTag(body);
  reply.header('etag', tag).header('cache-control', `public, max-age=${SECONDS}`);
  if (!isNamed(tag, known)) return body;
  reply.code(304);
  return '';
}
