/** `npm run bench [-- --embedded] [--quick] [--json] [--only=<id>,…]`; see README.md beside this file. */
import { parseArgs } from 'node:util';

import { ChildProcesses } from './child-processes.mjs';
import { DistributedStack } from './distributed-stack.mjs';
import { EmbeddedStack } from './embedded-stack.mjs';
import { loadGate } from './gate-load.mjs';
import { affordableStreams, Disturbance, machineFacts } from './machine.mjs';
import { Meter, plans } from './measure.mjs';
import { idleStreams, pairMeasurements } from './measurements.mjs';
import { CannotMeasure, compilePrograms } from './programs.mjs';
import { idleResult, pairResult, reportText } from './report.mjs';
import { loadSettlement } from './settlement-load.mjs';

const { values: options } = parseArgs({
  options: {
    embedded: { type: 'boolean' },
    quick: { type: 'boolean' },
    json: { type: 'boolean' },
    only: { type: 'string' },
  },
});
const only = options.only === undefined ? null : new Set(options.only.split(','));
const isWanted = (id) => only === null || only.has(id);
const say = (text) => process.stderr.write(`${text}\n`);

const children = new ChildProcesses();
let stack = null;
let isStopping = false;

/** The first Ctrl-C stops everything in order; it may arrive twice, from the terminal and from npm. */
async function stop(exitCode) {
  if (isStopping) return;
  isStopping = true;
  await stack?.stop();
  await children.stopAll();
  process.exit(exitCode);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void stop(130));
process.on('exit', () => children.killAll());

async function measure() {
  const programs = await compilePrograms();
  const plan = options.quick === true ? plans.quick : plans.normal;
  stack = options.embedded === true ? new EmbeddedStack(programs, children) : new DistributedStack(programs, children);
  const { topology } = stack;
  await stack.start((step) => say(`${step} …`));
  const disturbance = new Disturbance();
  disturbance.begin([process.pid, ...Object.values(stack.pids)]);
  const meter = new Meter(stack, { children, loadGenerator: programs.loadGenerator }, plan);
  const results = [];
  say('Warming up …');
  await meter.warmUp();
  for (const measurement of pairMeasurements[topology].filter(({ id }) => isWanted(id))) {
    say(`${measurement.title} …`);
    results.push(pairResult(measurement, await meter.measurePair(measurement)));
  }
  say('Full load and the gate alone …');
  const fullLoad = isWanted('full-load') ? await meter.measureFullLoad() : null;
  const gate = isWanted('gate') ? await loadGate(stack, plan.gateSeconds) : null;
  const settlement = isWanted('settlement') && topology === 'distributed' ? await settle(meter) : null;
  if (isWanted(idleStreams.id)) results.push(await measureIdle(meter));
  return { machine: machineFacts(), topology, results, fullLoad, gate, settlement, foreignShare: disturbance.end() };
}

function settle(meter) {
  say('Settlement …');
  return loadSettlement(stack, () => meter.makeBacklog());
}

async function measureIdle(meter) {
  const wanted = idleStreams.streams[stack.topology];
  const streams = affordableStreams(wanted);
  say(`${idleStreams.title} …`);
  if (streams < wanted) say(`The limit of open files allows ${streams} streams (ulimit -n).`);
  return idleResult(idleStreams, await meter.measureIdleStreams(streams));
}

try {
  const report = await measure();
  process.stdout.write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : `\n${reportText(report)}\n`);
  await stop(0);
} catch (error) {
  if (!isStopping) say(error instanceof CannotMeasure ? error.message : (error.stack ?? String(error)));
  await stop(1);
}
