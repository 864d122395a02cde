import { runTests } from './session.mjs';

/**
 * `npm test`: every suite that this machine can run. `npm test -- unit` runs one suite; anything else is a path pattern:
 * `npm test -- libs/money`.
 */
await runTests(process.argv.slice(2));
