/** `npm run bench [-- --quick] [--json] [--only=<id>,…]`; see README.md beside this file. */
import { parseArgs } from 'node:util';

import { ChildProcesses } from './child-processes.mjs';
import { loadGate } from './gate-load.mjs';
import { affordableStreams, Disturbance, machineFacts } from './machine.mjs';
import { Meter, plans } from './measure.mjs';
import { idleStreams, pairMeasurements } from './measurements.mjs';
import { CannotMeasure, compilePrograms } from './programs.mjs';
import { idleResult, pairResult, reportText } from './report.mjs';
import { Stack } from './stack.mjs';

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean' }, json: { type: 'boolean' }, only: { type: 'string' } },
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
  process.exit(exitCode);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void stop(130));
process.on('exit', () => children.killAll());

async function measure() {
  const programs = await compilePrograms();
  const plan = options.quick === true ? plans.quick : plans.normal;
  stack = new Stack(programs, children);
  await stack.start((name) => say(`Starting ${name} …`));
  const disturbance = new Disturbance();
  disturbance.begin([process.pid, stack.postgresPid]);
  const meter = new Meter(stack, { children, loadGenerator: programs.loadGenerator }, plan);
  const results = [];
  say('Warming up …');
  await meter.warmUp();
  for (const measurement of pairMeasurements.filter(({ id }) => isWanted(id))) {
    say(`${measurement.title} …`);
    results.push(pairResult(measurement, await meter.measurePair(measurement)));
  }
  const fullLoad = isWanted('full-load') ? await meter.measureFullLoad() : null;
  const { gateUrl, postgresPid, customer } = stack;
  const gate = isWanted('gate') ? await loadGate({ gateUrl, postgresPid, customer, seconds: plan.gateSeconds }) : null;
  if (isWanted(idleStreams.id)) results.push(await measureIdle(meter));
  return { machine: machineFacts(), results, fullLoad, gate, foreignShare: disturbance.end() };
}

async function measureIdle(meter) {
  const streams = affordableStreams(idleStreams.streams);
  say(`${idleStreams.title} …`);
  if (streams < idleStreams.streams) say(`The limit of open files allows ${streams} streams (ulimit -n).`);
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
