import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Servers that a test file asks for, by the words it asks with. `installation`: it starts servers of its own, so Kafka and
 * Redis have to be installable here.
 */
const words = {
  postgres: /\b(?:createTestDatabase|startEmbeddedPostgres|startPostgres)\b/,
  redis: /\btestRedis\b/,
  kafka: /\btestKafka\b/,
  installation: /\b(?:startRedis|startKafka|TestCluster)\b/,
};
const relativeImport = /\bfrom '(\.{1,2}\/[^']+)'/g;

/** Needs of a compiled file and of the files that it imports by a relative path. */
export function needsOf(file, seen = new Set()) {
  if (seen.has(file) || !existsSync(file)) return new Set();
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  const own = Object.keys(words).filter((need) => words[need].test(text));
  const imported = [...text.matchAll(relativeImport)].map(([, path]) => join(dirname(file), path));
  return new Set([...own, ...imported.flatMap((path) => [...needsOf(path, seen)])]);
}

/** Files that can run, and those that cannot with the sentence why. `problems` has a sentence for a need that is not met. */
export function sortFiles(files, problems) {
  const sorted = files.map((file) => ({ file, problem: problemOf(needsOf(file), problems) }));
  return {
    runnable: sorted.filter(({ problem }) => problem === null).map(({ file }) => file),
    skipped: sorted.filter(({ problem }) => problem !== null),
  };
}

function problemOf(needs, problems) {
  return [...needs].map((need) => problems[need] ?? null).find((problem) => problem !== null) ?? null;
}
