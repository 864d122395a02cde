#!/usr/bin/env node
/**
 * `node tools/bootstrap/run.mjs <command>`: makes any machine with Node ≥ 20 and npm ≥ 10 run the project on Node ≥ 24.
 * This first file uses only syntax that old versions of Node understand, so that they can be told what is wrong.
 */
const oldestMajor = 20;
const major = Number(process.versions.node.split('.')[0]);

if (major < oldestMajor) {
  console.error(
    `ApiLink needs Node ${oldestMajor} or newer to install itself; this is Node ${process.versions.node}. ` +
      'Install a newer one (https://nodejs.org) and run the command again.',
  );
  process.exit(1);
}

import('./commands.mjs').then(
  ({ runCommand }) => runCommand(process.argv.slice(2)),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
