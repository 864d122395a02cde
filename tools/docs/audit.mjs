import { auditChecks } from '../../apps/billing/dist/audit/audit-registry.factory.js';
import { gateTamperings } from '../../apps/billing/dist/audit/gate-tampering.factory.js';
import { table, text } from './markdown.mjs';

const intro = `# The audit

Generated from the code by \`node tools/docs/generate.mjs\`; a test holds the two equal.

\`npx apilink audit\` recomputes the invariants of [Holds and charges](money.md) from the tables, as they stood at one moment, and
compares the gate with them, account by account, while the system runs. It names every row that differs and ends with exit
code 1 if there is one. \`--self-test\` corrupts copies, once in each way below, and shows that each is found.
`;

/** docs/audit.md: every check with the number of its invariant, what holds, and the corruptions that it has to find. */
export function auditPage() {
  const ofGate = gateTamperings.map(({ kind, ...check }) => ({ ...check, tamperings: [{ kind }] }));
  const rows = [...auditChecks, ...ofGate].map(({ invariant, description, tamperings }) => {
    const [number, ...name] = invariant.split(' ');
    return [number, text(name.join(' ')), text(description), text(tamperings.map(({ kind }) => kind).join('; '))];
  });
  const sorted = rows.toSorted(([left], [right]) => Number(left) - Number(right));
  const titles = ['invariant', 'check', 'what holds', 'the self-test corrupts'];
  return [intro, ...table(titles, sorted), ''].join('\n');
}
