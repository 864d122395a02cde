import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';

import { capture } from './child.mjs';
import { showStep } from './progress.mjs';
import { projectFolders, Refusal, root } from './workspace.mjs';

const compiler = join('node_modules', 'typescript', 'lib', 'tsc.js');
const output = /\.(?:js|d\.ts)(?:\.map)?$/;

/** Compiles what has changed. Output whose source is gone is removed first: a deleted test must not go on running. */
export async function build(node, environment) {
  await showStep('Building', async () => {
    for (const folder of projectFolders()) removeOrphans(join(root, folder));
    const { code, output: said } = await capture(node, [compiler, '--build', '--pretty', 'false'], environment);
    if (code !== 0) throw new Refusal(`The build failed:\n${said.trimEnd()}`, code);
  });
}

function removeOrphans(project) {
  const compiled = join(project, 'dist');
  if (!existsSync(compiled)) return;
  const sources = existsSync(join(project, 'src')) ? join(project, 'src') : project;
  for (const entry of readdirSync(compiled, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !output.test(entry.name)) continue;
    const file = join(entry.parentPath ?? entry.path, entry.name);
    const source = join(sources, relative(compiled, file).replace(output, '.ts'));
    if (!existsSync(source)) rmSync(file);
  }
}
