import { runToEnd } from '../bootstrap/child.mjs';
import { join } from 'node:path';

/** `npm run lint`: the linter with types, then the formatter. Both run, so that one run tells everything. */
const steps = [
  [join('node_modules', 'oxlint', 'bin', 'oxlint'), '--type-aware', '--deny-warnings'],
  [join('node_modules', 'prettier', 'bin', 'prettier.cjs'), '--check', '--log-level', 'warn', '.'],
];
const codes = [];
for (const step of steps) codes.push(await runToEnd(process.execPath, step));
process.exitCode = codes.find((code) => code !== 0) ?? 0;
