/**
 * Joins the texts of several registries into one exposition: a metric that two applications have gets one HELP and TYPE
 * line, as the format demands; their `service` label keeps the samples apart.
 */
export function mergeMetrics(texts: readonly string[]): string {
  const families = new Map<string, { head: string[]; samples: string[] }>();
  for (const text of texts) {
    let family = { head: [''], samples: [''] };
    for (const line of text.split('\n')) {
      const [, kind, name] = /^# (HELP|TYPE) (\S+)/.exec(line) ?? [];
      if (kind !== undefined && name !== undefined) {
        family = families.get(name) ?? { head: [], samples: [] };
        families.set(name, family);
        if (!family.head.some((known) => known.startsWith(`# ${kind} `))) family.head.push(line);
      } else if (line !== '') family.samples.push(line);
    }
  }
  const blocks = [...families.values()].map(({ head, samples }) => [...head, ...samples].join('\n'));
  return blocks.length === 0 ? '' : `${blocks.join('\n')}\n`;
}
