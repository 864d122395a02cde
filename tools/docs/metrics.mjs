import { metricsOfServices } from '../rules/metrics.mjs';
import { table, text } from './markdown.mjs';

/** docs/metrics.md from the code that makes the metrics. */
export function metricsPage() {
  const metrics = metricsOfServices();
  const names = sorted(metrics.map(({ name }) => name));
  return [
    '# Metrics',
    '',
    'Generated from the code by `node tools/docs/generate.mjs`; a test holds the two equal.',
    '',
    'Every process serves `/metrics` in Prometheus’ text format on its admin port (port + 100). Each sample carries `service`; labels are closed sets, never an account, a key or a request. Node’s own metrics (`nodejs_*`, `process_*`) come with `service="process"`.',
    '',
    ...table(
      ['metric', 'kind', 'labels', 'services', 'meaning'],
      names.map((name) => {
        const same = metrics.filter((metric) => metric.name === name);
        const services = sorted(same.map(({ service }) => service ?? 'all'));
        const labels = [...new Set(same.flatMap((metric) => metric.labels))];
        const meanings = [...new Set(same.map(({ help }) => help))];
        return [
          `\`${name}\``,
          same[0].kind,
          labels.map((label) => `\`${label}\``).join(', '),
          services.join(', '),
          text(meanings.join(' ')),
        ];
      }),
    ),
    '',
  ].join('\n');
}

/** Each once, in the order of the alphabet. */
function sorted(words) {
  return [...new Set(words)].toSorted((a, b) => a.localeCompare(b, 'en'));
}
