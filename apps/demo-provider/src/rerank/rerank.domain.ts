import { z } from 'zod';

import { whole, WorkRefusal, wordsOf, type Work, type WorkAnswer } from '../work/work.domain.js';

const DOCUMENTS_OF_A_SEARCH = 100;

const requestSchema = z.looseObject({
  model: z.string(),
  query: z.string().min(1),
  documents: z.array(z.union([z.string(), z.looseObject({ text: z.string() })])).min(1),
  top_n: z.number().int().min(1).nullish(),
  return_documents: z.boolean().nullish(),
  user: z.string().nullish(),
});

/** Ranks documents by the words that they have in common with the query. */
export function readRerank(body: unknown): { work: Work; answer: () => WorkAnswer } {
  const parsed = requestSchema.safeParse(body);
  if (!parsed.success) throw new WorkRefusal('documents', z.prettifyError(parsed.error));
  const { model, query, documents, top_n: top, return_documents: returns, user = null } = parsed.data;
  return {
    work: { dialect: 'rerank', model, stream: false, user },
    answer: () => {
      const texts = documents.map((document) => (typeof document === 'string' ? document : document.text));
      const results = texts
        .map((text, index) => ({
          index,
          relevance_score: relevance(query, text),
          ...(returns === true ? { document: { text } } : {}),
        }))
        .toSorted((one, other) => other.relevance_score - one.relevance_score || one.index - other.index)
        .slice(0, top ?? texts.length);
      const tokens = texts.reduce((sum, text) => sum + wordsOf(text).length + wordsOf(query).length, 0);
      const searches = Math.ceil(texts.length / DOCUMENTS_OF_A_SEARCH);
      return whole({
        id: `rerank-${texts.length}`,
        model,
        results,
        meta: { billed_units: { search_units: searches } },
        usage: { total_tokens: tokens },
      });
    },
  };
}

/** The share of the query's words that the text has, a little less for a long text; from 0 to 1. */
export function relevance(query: string, text: string): number {
  const asked = new Set(wordsOf(query));
  const found = wordsOf(text);
  const shared = [...asked].filter((word) => found.includes(word)).length;
  return Number((shared / asked.size / (1 + found.length / 10_000)).toFixed(6));
}
