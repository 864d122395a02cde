import { outcomeSchema } from '@apilink/contracts';
import { describe, expect, it } from '@jest/globals';

import { chargeBasisOf } from '../apps/billing/dist/settlement/charge.domain.js';
import { chargeBasis } from '../apps/edge-proxy/dist/relay/outcome.domain.js';
import { read, sourcesIn } from './rules/sources.mjs';

/** Rows of the table under "What each ending costs": outcome → charge, in the words of the page. */
const rows = new Map(
  [...read('docs/money.md').matchAll(/^\| `(\w+)` +\|[^|]*\|([^|]*)\|$/gm)].map(([, outcome, charge]) => [
    outcome,
    charge.trim(),
  ]),
);

const titles = sourcesIn('e2e')
  .filter((path) => path.endsWith('.e2e.spec.ts'))
  .flatMap((path) =>
    [...read(path).matchAll(/\bit(?:\.each[\s\S]*?\)\s*)?\(\s*(['"`])(.*?)\1/g)].map(([, , title]) => title),
  );

function chargedBy(row) {
  if (/^0\b/.test(row)) return 'nothing';
  return row.includes('whole hold') ? 'hold' : 'metered';
}

/** The edge knows nothing of an answer by metering nothing; billing sees it by the source of the usage. */
const inWordsOfTheEdge = { nothing: 'nothing', metered: 'metered', metered_if_known: 'metered', final_hold: 'hold' };

describe('outcomes', () => {
  it('each have a row in docs/money.md, and no row is made up', () => {
    expect(new Set(rows.keys())).toEqual(new Set(outcomeSchema.options));
  });

  it.each(outcomeSchema.options)('%s is charged by the edge and by billing as its row says', (outcome) => {
    expect({
      edge: chargeBasis[outcome],
      billing: inWordsOfTheEdge[chargeBasisOf(outcome)],
    }).toEqual({ edge: chargedBy(rows.get(outcome)), billing: chargedBy(rows.get(outcome)) });
  });

  it.each([...outcomeSchema.options, 'late_settled'])('%s has a test over a real socket, named for it', (outcome) => {
    expect(titles.filter((title) => new RegExp(`(?:^|then )${outcome}\\b`).test(title))).not.toEqual([]);
  });
});
