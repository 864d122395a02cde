import { relative } from 'node:path';

import { showStep } from '../bootstrap/progress.mjs';
import { Refusal } from '../bootstrap/workspace.mjs';
import { readArguments, usage } from './arguments.mjs';
import { greeting } from './greeting.mjs';

/** One Ctrl-C may arrive several times (terminal, npm); a second press comes later. */
const samePressMs = 500;

/**
 * `npm run cluster`: the distributed topology on one machine, until Ctrl-C. Ends with 0 when everything ended in order,
 * with 1 when a process that is needed was lost or a service did not drain, with 2 when it could not be started.
 */
try {
  const wanted = readArguments(process.argv.slice(2));
  if (wanted === null) console.log(usage);
  else process.exitCode = await runCluster(wanted);
} catch (error) {
  console.error(error instanceof Refusal || error instanceof Error ? error.message : error);
  process.exitCode = error instanceof Refusal ? error.exitCode : 2;
}

async function runCluster(wanted) {
  const startedAt = Date.now();
  const { Cluster } = await import('../../libs/local-stack/dist/index.js');
  const ending = Promise.withResolvers();
  const cluster = new Cluster({
    ...wanted,
    environment: environment(),
    step: showStep,
    onNote: (note) => console.error(note),
    onLost: (lost) => {
      console.error(
        `${lost.name} ended by itself: ${lost.lastLines}\nIts log: ${relative(process.cwd(), lost.logFile)}`,
      );
      if (lost.isNeeded) ending.resolve(1);
      else console.error('The others go on without it.');
    },
  });
  listenForStop(ending, cluster);
  const started = cluster.start().then(
    () =>
      console.log(
        greeting({ quickstart: cluster.quickstart, folder: cluster.folder.path, elapsedMs: Date.now() - startedAt }),
      ),
    (error) => {
      console.error(error.message);
      ending.resolve(2);
    },
  );
  // The processes of the cluster keep nobody alive, and it is us who watch them.
  const watching = setInterval(() => undefined, 60_000);
  const code = await ending.promise;
  const unclean = await cluster.stop();
  await started;
  clearInterval(watching);
  if (code !== 0) return code;
  for (const name of unclean) console.error(`${name} did not end in order; its log tells why.`);
  return unclean.length > 0 ? 1 : 0;
}

function listenForStop(ending, cluster) {
  let firstAt = null;
  const stop = () => {
    if (firstAt !== null && Date.now() - firstAt < samePressMs) return;
    if (firstAt === null) {
      firstAt = Date.now();
      console.error('\nStopping: running requests may finish. Press Ctrl-C again to end at once.');
      ending.resolve(0);
      return;
    }
    void cluster.kill().finally(() => process.exit(1));
  };
  // Without the terminal and without npm there is nobody left to stop us.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect']) process.on(signal, stop);
}

/** Everything of this environment, such as providers' keys; `./apilink.yaml` when it is there. */
function environment() {
  const { KAFKA_BROKERS, REDIS_URL, DATABASE_URL, ...rest } = process.env;
  for (const [name, value] of Object.entries({ KAFKA_BROKERS, REDIS_URL, DATABASE_URL })) {
    if (value !== undefined) console.error(`${name} is not used: the cluster starts its own.`);
  }
  return rest;
}
