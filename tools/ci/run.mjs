import { join } from 'node:path';

import { runToEnd } from '../bootstrap/child.mjs';
import { npmCommand } from '../bootstrap/install.mjs';

/**
 * What CI checks. `npm test` runs with CI=true, so nothing may be skipped; the architecture, naming, dependency and
 * docs rules are specs of its unit suite. All steps run, so that one run tells everything; their times stand at the end.
 */
const [npm, ...npmArgs] = npmCommand();
const tool = (...path) => join('node_modules', ...path);
const node = process.execPath;
const steps = [
  {
    name: 'lock file',
    file: npm,
    args: [...npmArgs, 'ci', '--dry-run', '--no-audit', '--no-fund', '--loglevel=error'],
  },
  { name: 'lint', file: node, args: [tool('oxlint', 'bin', 'oxlint'), '--type-aware', '--deny-warnings'] },
  {
    name: 'format',
    file: node,
    args: [tool('prettier', 'bin', 'prettier.cjs'), '--check', '--log-level', 'warn', '.'],
  },
  { name: 'generated pages', file: node, args: [join('tools', 'docs', 'generate.mjs'), '--check'] },
  { name: 'tests', file: node, args: [join('tools', 'test', 'run.mjs')] },
  { name: 'clients', file: node, args: [join('tools', 'test', 'clients.mjs')] },
];

const results = [];
for (const { name, file, args } of steps) {
  console.log(`\n━━ ${name} ━━`);
  const startedAt = Date.now();
  const code = await runToEnd(file, args, { environment: { ...process.env, CI: 'true' } });
  results.push({ name, code, seconds: (Date.now() - startedAt) / 1000 });
}

console.log('');
for (const { name, code, seconds } of results) {
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(16)} ${seconds.toFixed(1).padStart(6)} s`);
}
process.exitCode = results.every(({ code }) => code === 0) ? 0 : 1;
