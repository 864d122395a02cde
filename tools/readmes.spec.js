import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { root } from './bootstrap/workspace.mjs';
import { filesIn, projects, read } from './rules/sources.mjs';

const topicsOfTesting = ['owns', 'does not own', 'invariants'];
const topicsOfLibs = ['model', ...topicsOfTesting];
const topicsOfApps = [...topicsOfLibs, 'events', 'environment'];

describe('READMEs', () => {
  it.each(projects())('$folder says its model, what it owns and does not own, its invariants', (project) => {
    const titles = titlesOf(read(`${project.folder}/README.md`));
    expect(topicsOf(project).filter((topic) => !titles.some((title) => title.startsWith(topic)))).toEqual([]);
  });

  it('back every claim with a test that exists', () => {
    const claims = read('README.md').split('## What we promise')[1].split('\n## ')[0];
    const proofs = [...claims.matchAll(/\]\((?<path>[^)]+)\)/g)].map(({ groups }) => groups.path);
    expect(proofs.length).toBeGreaterThan(0);
    expect(proofs.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('claim what each end-to-end story proves', () => {
    const readme = read('README.md');
    const stories = filesIn('e2e').filter((path) => path.endsWith('.e2e.spec.ts'));
    expect(stories.filter((path) => !readme.includes(`](${path})`))).toEqual([]);
  });

  it('name in the first page every variable that `npm start` reads', () => {
    const known = read('README.md');
    const variables = [...read('apps/standalone/README.md').matchAll(/^\| `([A-Z_]+)`/gm)].map(([, name]) => name);
    expect(variables.length).toBeGreaterThan(0);
    expect(variables.filter((name) => !new RegExp(String.raw`\`${name}\b`).test(known))).toEqual([]);
  });

  it('and all other pages link to files that exist', () => {
    const broken = filesIn()
      .filter((path) => path.endsWith('.md'))
      .flatMap((path) =>
        linksOf(read(path))
          .filter((link) => !existsSync(join(root, dirname(path), link)))
          .map((link) => `${path}: ${link}`),
      );
    expect(broken).toEqual([]);
  });
});

function topicsOf({ kind, manifest }) {
  if (kind === 'apps') return topicsOfApps;
  return manifest.nx.tags.includes('type:testing') ? topicsOfTesting : topicsOfLibs;
}

/** Headings and bold lead-ins, in lower case. */
function titlesOf(markdown) {
  const headings = [...markdown.matchAll(/^#+ +(.+)$/gm)];
  const leads = [...markdown.matchAll(/\*\*(.+?)\*\*/g)];
  return [...headings, ...leads].map(([, title]) => title.toLowerCase());
}

/** Relative links of a page, without their anchors. */
function linksOf(markdown) {
  const prose = markdown.replaceAll(/```[\s\S]*?```/g, '').replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link.split('#')[0])
    .filter((link) => link !== '' && !/^[a-z]+:/.test(link));
}
