import ts from 'typescript';

import { productCodeIn, projects, read } from './sources.mjs';

const kinds = { counter: 'counter', gauge: 'gauge', askedGauge: 'gauge', histogram: 'histogram' };

/**
 * Every metric of ours, read from the syntax tree of the code that makes it: [{ name, kind, help, labels, service }].
 * What libs/service makes, every service has (`service: null`); what another library makes, the services that use the
 * function or class which makes it.
 */
export function metricsOfServices() {
  const product = projects().filter(({ manifest }) => !manifest.nx.tags.includes('type:testing'));
  const apps = product.filter(({ kind }) => kind === 'apps');
  return product.flatMap(({ folder, kind, name }) =>
    productCodeIn(folder)
      .flatMap((path) => metricsIn(path))
      .flatMap(({ maker, ...metric }) => {
        if (kind === 'apps') return [{ ...metric, service: name }];
        if (folder === 'libs/service') return [{ ...metric, service: null }];
        return apps.filter((app) => uses(app, maker)).map((app) => ({ ...metric, service: app.name }));
      }),
  );
}

function uses({ folder }, maker) {
  return productCodeIn(folder).some((path) => new RegExp(String.raw`\b${maker}\b`).test(read(path)));
}

/** With the name of the top-level function or class around each. */
function metricsIn(path) {
  const found = [];
  const visit = (node, maker) => {
    const metric = metricOf(node);
    if (metric !== null) found.push({ ...metric, maker });
    ts.forEachChild(node, (child) => visit(child, maker));
  };
  for (const statement of ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest).statements) {
    visit(statement, statement.name?.text ?? null);
  }
  return found;
}

/** `metrics.counter({ name: 'apilink_…', help: '…', labelNames: […] })`. */
function metricOf(node) {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return null;
  const kind = kinds[node.expression.name.text];
  const [options] = node.arguments;
  if (kind === undefined || options === undefined || !ts.isObjectLiteralExpression(options)) return null;
  const value = (property) =>
    options.properties.find((one) => ts.isPropertyAssignment(one) && one.name.text === property)?.initializer;
  const name = value('name');
  const help = value('help');
  if (name === undefined || !ts.isStringLiteralLike(name) || !name.text.startsWith('apilink_')) return null;
  const labels = value('labelNames');
  return {
    name: name.text,
    kind,
    help: help !== undefined && ts.isStringLiteralLike(help) ? help.text : '',
    labels: labels !== undefined && ts.isArrayLiteralExpression(labels) ? labels.elements.map(({ text }) => text) : [],
  };
}
