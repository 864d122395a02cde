import { relative } from 'node:path';

/**
 * What one run of Jest says, from its JSON: counts, and names of what failed and of what did not run. A file that could
 * not even be loaded counts as one failure.
 */
export function readReport(report, root) {
  const files = report.testResults.map((file) => ({ ...file, path: relative(root, file.name) }));
  const tests = files.flatMap(({ path, assertionResults }) =>
    assertionResults.map(({ status, fullName }) => ({ status, name: `${path}: ${fullName}` })),
  );
  const named = (...statuses) => tests.filter(({ status }) => statuses.includes(status)).map(({ name }) => name);
  const broken = files
    .filter(({ status, assertionResults }) => status === 'failed' && !assertionResults.some(isFailed))
    .map(({ path, message }) => `${path}: could not run (${firstLine(message)})`);
  const failures = [...named('failed'), ...broken];
  const skips = named('pending', 'skipped', 'todo', 'disabled');
  return { passed: named('passed').length, failed: failures.length, skipped: skips.length, failures, skips };
}

const isFailed = ({ status }) => status === 'failed';
/** The line that tells the cause: Jest's own headline says only that there is one. */
const firstLine = (text) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '' && !line.startsWith('●')) ?? 'no message';

/** Adds the results of several suites up. */
export function addUp(results) {
  const sum = (field) => results.reduce((total, result) => total + result[field], 0);
  return {
    passed: sum('passed'),
    failed: sum('failed'),
    skipped: sum('skipped'),
    failures: results.flatMap(({ failures }) => failures),
    skips: results.flatMap(({ skips }) => skips),
  };
}

const list = (title, names) => (names.length === 0 ? [] : ['', title, ...names.map((name) => `  ${name}`)]);

/** The end of the output: what failed, what did not run, and last the figures alone on a line. */
export function closingLines({ passed, failed, skipped, failures, skips }) {
  return [
    ...list('Failed:', failures),
    ...list('Did not run:', skips),
    '',
    `${passed} passed, ${failed} failed, ${skipped} skipped`,
  ];
}

/** Whether the run is good: nothing failed, something ran, and in CI nothing was skipped. */
export function verdict({ passed, failed, skipped }, ci) {
  return failed === 0 && passed > 0 && !(ci && skipped > 0);
}
