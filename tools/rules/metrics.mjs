import ts from 'typescript';

import { productCodeIn, projects, read } from './sources.mjs';

const kinds = { counter: 'counter', gauge: 'gauge', askedGauge: 'gauge', histogram: 'histogram' };

/**
 * Every metric of ours, read from the syntax tree of the code that makes it:
 * [{ name, kind, help, labels, service }]. What a library makes, every service has (`service: null`).
 */
export function metricsOfServices() {
  return projects()
    .filter(({ manifest }) => !manifest.nx.tags.includes('type:testing'))
    .flatMap(({ folder, kind, name }) =>
      productCodeIn(folder).flatMap((path) =>
        metricsIn(path).map((metric) => ({ ...metric, service: kind === 'apps' ? name : null })),
      ),
    );
}

function metricsIn(path) {
  const found = [];
  const visit = (node) => {
    const metric = metricOf(node);
    if (metric !== null) found.push(metric);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest));
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
