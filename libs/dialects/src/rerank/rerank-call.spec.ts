import { describe, expect, it } from '@jest/globals';

import type { CallReading } from '../call/call.js';
import { closing, face, target } from '../passing/call-sample.js';
import { readRerankCall } from './rerank-call.js';

const model = 'acme/rerank';
const read = (body: object): CallReading =>
  readRerankCall({ body: Buffer.from(JSON.stringify(body)), headers: {}, path: '/v1/rerank', random: () => 0 });
const call = (body: object) => {
  const reading = read({ model, query: 'cats', ...body });
  if ('problem' in reading) throw new Error(reading.problem.detail);
  return reading.call;
};

describe('rerank', () => {
  it('counts a search for every hundred documents begun, and holds for those of its longer documents', () => {
    const short = call({ documents: Array.from({ length: 101 }, () => 'short') }).facts.units;
    expect(short).toMatchObject({ searches: 2, searchesMax: 2 });
    const long = call({ documents: Array.from({ length: 100 }, () => 'word '.repeat(1_000)) }).facts.units;
    expect(long?.searches).toBe(1);
    expect(long?.searchesMax).toBeGreaterThanOrEqual(2);
  });

  it('counts the query once for each document: providers that sell tokens do', () => {
    const one = call({ documents: ['a'] }).facts.estimatedTextTokens;
    const ten = call({ documents: Array.from({ length: 10 }, () => 'a') }).facts.estimatedTextTokens;
    expect(ten).toBe(one * 10);
  });

  it.each([
    ['Cohere', { id: 'x', results: [{ index: 0, relevance_score: 0.9 }], meta: { billed_units: { search_units: 1 } } }],
    ['Jina', { model: 'u', results: [{ index: 0, relevance_score: 0.9 }], usage: { total_tokens: 12 } }],
    ['Voyage', { object: 'list', data: [{ index: 0, relevance_score: 0.9 }], usage: { total_tokens: 12 } }],
  ])('passes an answer as %s writes it, with what it cost', (_who, body) => {
    const answer = call({ documents: ['a'] }).readAnswer(Buffer.from(JSON.stringify(body)), target('rerank'), face);
    expect(answer.usage).not.toBeNull();
    const written: unknown = JSON.parse(answer.write(closing({ rerankSearches: 1 }), true).body.toString());
    const expected = 'model' in body ? { ...body, model: face.model } : body;
    expect(written).toMatchObject({ ...expected, usage: { cost_nano_usd: '42' } });
  });

  it('counts by itself, searches and tokens, where the upstream told neither', () => {
    const answer = call({ documents: ['a', 'b'] }).readAnswer(Buffer.from('{"results":[]}'), target('rerank'), face);
    expect(answer.usage).toBeNull();
    expect(answer.counted).toMatchObject({ rerankSearches: 1, requests: 1 });
    expect(answer.counted?.input).toBeGreaterThan(0);
  });

  it.each(['{}', 'no', '{"results":{}}', '{"embeddings":[]}'])('takes %s for no answer', (body) => {
    expect(call({ documents: ['a'] }).readAnswer(Buffer.from(body), target('rerank'), face).isAnswer).toBe(false);
  });

  it.each([
    ['documents', { documents: [] }],
    ['documents', { documents: 'one' }],
    ['documents', { documents: [1] }],
    ['documents', { documents: Array.from({ length: 10_001 }, () => 'a') }],
    ['query', { query: '', documents: ['a'] }],
    ['top_n', { documents: ['a'], top_n: 0 }],
    ['return_documents', { documents: ['a'], return_documents: 'yes' }],
  ])('refuses a wrong %s', (param, body) => {
    const reading = read({ model, query: 'cats', ...body });
    expect('problem' in reading && reading.problem).toMatchObject({ code: 'invalid_parameter', param });
  });

  it('needs documents', () => {
    const reading = read({ model, query: 'cats' });
    expect('problem' in reading && reading.problem).toMatchObject({ code: 'missing_parameter', param: 'documents' });
  });
});
