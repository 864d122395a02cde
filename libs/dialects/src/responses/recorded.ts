import { readdirSync, readFileSync } from 'node:fs';

/** Streams and requests of real clients and providers, for the tests. */
const folder = new URL('../../fixtures/', import.meta.url);

export function recordedStreams(): string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith('responses-'))
    .toSorted();
}

export function recordedStream(name: string): Buffer {
  return readFileSync(new URL(name, folder));
}

/** Codex' requests. */
export function recordedRequests(): string[] {
  return readdirSync(new URL('codex/', folder)).toSorted();
}

export function recordedRequest(name: string): Buffer {
  return readFileSync(new URL(`codex/${encodeURIComponent(name)}`, folder));
}
