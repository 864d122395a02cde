import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';

import { healthTuning } from '@apilink/routing';

import { faultKinds } from './faults.mjs';
import { simulate } from './simulate.mjs';

const HELP = `Simulates routing against generated faults on a virtual clock, with the code that the edges run.

  node tools/simulator/run.mjs [options]

  --hours=N        length of the day (24)
  --rate=N         requests a second, all edges together (100)
  --edges=N        edges that share the traffic (4)
  --seed=N         another day (1)
  --only=a,b       only these kinds of trouble: ${Object.keys(faultKinds).join(', ')}
  --sweep=NAME     one line for each value of a constant: ${Object.keys(healthTuning).join(', ')}
  --json           the figures as JSON`;

/** What a sweep tries, from far below to far above the constant in force. */
const sweeps = {
  requestsToOpen: [2, 3, 5, 10, 20, 50],
  failureShareToOpen: [0.1, 0.25, 0.4, 0.5, 0.6, 0.8],
  consecutiveToOpen: [1, 2, 3, 5, 10, 30],
  openMsFirst: [500, 1_000, 2_000, 4_000, 8_000, 15_000],
  openMsMax: [4_000, 8_000, 15_000, 30_000, 60_000, 300_000],
};

const endpoints = [1, 1.1, 1.3, 1.8, 2.5].map((price, index) => ({ endpointId: `provider-${index}`, price }));

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '24' },
    rate: { type: 'string', default: '100' },
    edges: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    sweep: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function main() {
  const kinds = values.only === undefined ? Object.keys(faultKinds) : values.only.split(',');
  const unknown = kinds.find((kind) => !Object.hasOwn(faultKinds, kind));
  if (unknown !== undefined) fail(`--only: there is no kind ${unknown}`);
  if (values.sweep !== undefined && !Object.hasOwn(sweeps, values.sweep)) fail(`--sweep: no constant ${values.sweep}`);
  const runs = values.sweep === undefined ? runsOfKinds(kinds) : runsOfSweep(kinds, values.sweep);
  const found = runs.map(({ name, kinds: which, tuning }) => ({ name, ...timed(which, tuning) }));
  if (values.json) console.log(JSON.stringify(found, null, 2));
  else for (const line of [header, ...found.map(row)]) console.log(line);
}

function runsOfKinds(kinds) {
  const single = kinds.map((kind) => ({ name: kind, kinds: [kind], tuning: healthTuning }));
  return [{ name: 'all together', kinds, tuning: healthTuning }, ...(kinds.length > 1 ? single : [])];
}

function runsOfSweep(kinds, constant) {
  return sweeps[constant].map((value) => ({
    name: `${constant}=${value}`,
    kinds,
    tuning: { ...healthTuning, [constant]: value },
  }));
}

function timed(kinds, tuning) {
  const startedAt = performance.now();
  const result = simulate({
    endpoints,
    faults: (random, count, untilMs) => kinds.flatMap((kind) => faultKinds[kind](random, count, untilMs)),
    hours: Number(values.hours),
    perSecond: Number(values.rate),
    edges: Number(values.edges),
    seed: Number(values.seed),
    tuning,
  });
  return { ...result, seconds: (performance.now() - startedAt) / 1000 };
}

const header =
  'trouble                        requests  answered    missed  tries  added p50    p90    p99   p99.9  price  took';

function row({ name, requests, succeeded, missed, attemptsPerRequest, addedMs, priceOverBest, seconds }) {
  const cells = [
    String(requests).padStart(9),
    `${(succeeded * 100).toFixed(4)} %`.padStart(10),
    `${(missed * 100).toFixed(4)} %`.padStart(10),
    attemptsPerRequest.toFixed(3).padStart(6),
    ...[addedMs.p50, addedMs.p90, addedMs.p99, addedMs.p999].map((ms) => `${ms.toFixed(0)} ms`.padStart(9)),
    `${priceOverBest.toFixed(3)}×`.padStart(7),
    `${seconds.toFixed(0)} s`.padStart(5),
  ];
  return name.padEnd(30) + cells.join(' ');
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

if (values.help) console.log(HELP);
else main();
