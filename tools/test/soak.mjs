import { runTests } from './session.mjs';

/**
 * `npm run test:soak`: the proofs of docs/money-proof.md and docs/dialects.md, as far as they go: every configuration of the protocol's
 * model, long random histories, each crash of the drill many times. Hours; `npm run test:soak -- libs/holds` runs a part.
 */
const proofs = [
  'libs/testing/dist/gate-protocol/',
  'libs/dialects/dist/proof/',
  'libs/holds/dist/.*-(model|protocol)\\.it\\.spec',
  'apps/billing/dist/.*-(model|replay|protocol)\\.',
  'e2e/dist/crash-',
];

const words = process.argv.slice(2);
await runTests(words.length === 0 ? proofs : words, { SOAK: 'true' });
