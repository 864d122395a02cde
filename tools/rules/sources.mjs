import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, posix } from 'node:path';

import ts from 'typescript';

import { root } from '../bootstrap/workspace.mjs';

const generated = new Set(['node_modules', 'dist', '.git', '.nx', '.apilink', '.build', 'coverage', 'jest']);

/** Paths of all files of the checkout below a folder, relative to the root, without what is installed or built. */
export function filesIn(folder = '.') {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (generated.has(entry.name)) return [];
    const path = folder === '.' ? entry.name : `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}

/** Every project with what its package.json says: { folder, name, kind: 'apps' | 'libs', manifest }. */
export function projects() {
  return ['apps', 'libs'].flatMap((kind) =>
    readdirSync(join(root, kind)).map((name) => {
      const folder = `${kind}/${name}`;
      return { folder, name, kind, manifest: JSON.parse(read(`${folder}/package.json`)) };
    }),
  );
}

export function read(path) {
  return readFileSync(join(root, path), 'utf8');
}

/** TypeScript sources of a folder. */
export function sourcesIn(folder) {
  return filesIn(folder).filter((path) => path.endsWith('.ts'));
}

const isSpec = (path) => basename(path).endsWith('.spec.ts');
const isContractSuite = (path) => basename(path).endsWith('.contract.ts');

/**
 * Sources of a project that run in tests alone: specs, contract suites that run against every adapter of a port, and
 * whatever only these import (samples, fakes).
 */
export function testCodeIn(folder) {
  const sources = sourcesIn(folder);
  const users = new Map(sources.map((path) => [path, []]));
  for (const path of sources) {
    for (const target of importsOf(path).filter((specifier) => specifier.startsWith('.'))) {
      users.get(posix.join(posix.dirname(path), target.replace(/\.js$/, '.ts')))?.push(path);
    }
  }
  const testCode = new Set(sources.filter((path) => isSpec(path) || isContractSuite(path)));
  for (let before = -1; before !== testCode.size;) {
    before = testCode.size;
    for (const [path, by] of users) if (by.length > 0 && by.every((user) => testCode.has(user))) testCode.add(path);
  }
  return testCode;
}

/** The other sources of a project. */
export function productCodeIn(folder) {
  const testCode = testCodeIn(folder);
  return sourcesIn(folder).filter((path) => !testCode.has(path));
}

const readBefore = new Map();

/**
 * What a source takes from other modules: { specifier, typeOnly, wholeExport }. Read from the syntax tree, so that neither
 * a comment nor a text counts, and no way of writing an import escapes. `typeOnly` ones vanish when compiled;
 * `wholeExport` is `export *` without a name.
 */
export function moduleReferencesOf(path) {
  if (!readBefore.has(path)) readBefore.set(path, referencesIn(path));
  return readBefore.get(path);
}

/** The specifiers of all of them. */
export function importsOf(path) {
  return moduleReferencesOf(path).map(({ specifier }) => specifier);
}

function referencesIn(path) {
  const found = [];
  const visit = (node) => {
    const specifier = specifierOf(node);
    if (specifier !== null && ts.isStringLiteralLike(specifier)) {
      found.push({ specifier: specifier.text, typeOnly: isTypeOnly(node), wholeExport: isWholeExport(node) });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest));
  return found;
}

/** The node that names the module, of an import or export declaration, `import()`, `import.meta.resolve()`, `require()`. */
function specifierOf(node) {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier ?? null;
  if (ts.isImportTypeNode(node)) return node.argument.literal ?? null;
  if (!ts.isCallExpression(node)) return null;
  const { expression, arguments: given } = node;
  const isImport =
    expression.kind === ts.SyntaxKind.ImportKeyword ||
    (ts.isPropertyAccessExpression(expression) &&
      ts.isMetaProperty(expression.expression) &&
      expression.name.text === 'resolve') ||
    (ts.isIdentifier(expression) && expression.text === 'require');
  return isImport ? (given[0] ?? null) : null;
}

function isTypeOnly(node) {
  if (ts.isImportTypeNode(node)) return true;
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  return ts.isImportDeclaration(node) && node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
}

function isWholeExport(node) {
  return ts.isExportDeclaration(node) && node.exportClause === undefined;
}

const packageName = /^(?:@[a-z0-9-]+\/)?[a-z0-9][a-z0-9._-]*(?:\/|$)/;

/** `@nestjs/common/decorators` → `@nestjs/common`; null for our own files and for Node itself. */
export function packageOf(specifier) {
  if (!packageName.test(specifier) || specifier.startsWith('node:')) return null;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}
