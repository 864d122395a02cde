import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';

/** Bounds what a hostile or broken file can cost: a catalog of 10,000 models is about 4 MB. */
export const CONFIGURATION_BYTES_MAX = 16 * 1024 * 1024;

/** One thing wrong in a file: where it stands, and a sentence about it. */
export interface ConfigurationProblem {
  /** From 1. */
  readonly line: number;
  /** `models[0].endpoints[1].price`; empty for the document itself. */
  readonly path: string;
  readonly message: string;
}

export type ConfigurationResult<Value> =
  | { readonly ok: true; readonly value: Value; lineOf(path: readonly PropertyKey[]): number }
  | { readonly ok: false; readonly problems: readonly ConfigurationProblem[] };

/**
 * Reads a YAML text (JSON is YAML too) by a schema and says for each fault its YAML path and line. Shared by the router
 * and `apilink config check`, so that both say the same.
 */
export function readConfiguration<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
): ConfigurationResult<z.output<Schema>> {
  if (Buffer.byteLength(text) > CONFIGURATION_BYTES_MAX)
    return failed({ line: 1, path: '', message: `the file is larger than ${CONFIGURATION_BYTES_MAX} bytes` });
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const lineOf = (path: readonly PropertyKey[]): number => lines.linePos(offsetOf(document, path)).line;
  const [fault] = document.errors;
  if (fault)
    return failed({
      line: lines.linePos(fault.pos[0]).line,
      path: '',
      message: `not valid YAML: ${plain(fault.message)}`,
    });
  let content: unknown;
  try {
    content = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    return failed({ line: 1, path: '', message: error instanceof Error ? plain(error.message) : 'not valid YAML' });
  }
  const result = schema.safeParse(content ?? {});
  if (result.success) return { ok: true, value: result.data, lineOf };
  return {
    ok: false,
    problems: result.error.issues.flatMap((issue) => problemsOf(issue, lineOf)).toSorted((a, b) => a.line - b.line),
  };
}

/** One sentence for a person: `apilink.yaml line 12, models[0].id: expected …`. */
export function problemSentence(file: string, problem: ConfigurationProblem): string {
  return `${file} line ${problem.line}${problem.path === '' ? '' : `, ${problem.path}`}: ${problem.message}.`;
}

/** Writes a path as YAML users know it. */
export function configurationPath(path: readonly PropertyKey[]): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
}

function failed(problem: ConfigurationProblem): { ok: false; problems: readonly ConfigurationProblem[] } {
  return { ok: false, problems: [problem] };
}

function problemsOf(
  issue: z.core.$ZodIssue,
  lineOf: (path: readonly PropertyKey[]) => number,
): readonly ConfigurationProblem[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return { line: lineOf(path), path: configurationPath(path), message: `the key ${key} is not known here` };
    });
  const missing = issue.message.endsWith(' received undefined');
  const message = missing ? 'is required' : plain(issue.message);
  return [{ line: lineOf(issue.path), path: configurationPath(issue.path), message }];
}

function plain(message: string): string {
  const [first = ''] = message.split('\n');
  return first.charAt(0).toLowerCase() + first.slice(1).replace(/\.$/, '');
}

/** The place of the deepest part of a path that exists; for a key of a map, the key and not its value. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step),
      );
      if (!pair) return offset;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof step === 'number') {
      node = node.items[step];
      offset = startOf(node) ?? offset;
    } else return offset;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined;
}
