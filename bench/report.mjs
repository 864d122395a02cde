/** One line of the report: what a measurement found, and whether that is within its target. */
export function pairResult({ id, title, of, unit, compare, target }, rounds) {
  const compared = rounds.map(({ base, measured }) => (compare === 'ratio' ? measured / base : measured - base));
  const value = median(compared);
  return {
    id,
    title,
    of,
    unit,
    compare,
    target,
    base: median(rounds.map(({ base }) => base)),
    measured: median(rounds.map(({ measured }) => measured)),
    value,
    least: Math.min(...compared),
    most: Math.max(...compared),
    isWithinTarget: value <= target,
  };
}

export function idleResult({ id, title, unit, compare, target }, { base, edge, streams }) {
  const value = edge.kilobytes;
  return {
    id,
    title: `${title}, ${streams.toLocaleString('en')}`,
    of: 'edge',
    unit,
    compare,
    target,
    base: base.kilobytes,
    measured: value,
    value,
    least: value,
    most: value,
    isWithinTarget: value <= target,
    streams,
    edgeCpuPercent: edge.cpuPercent,
  };
}

export function median(values) {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The report as text for a terminal. */
export function reportText({ machine, topology, results, fullLoad, gate, settlement, foreignShare }) {
  const { cores, processor, node, date } = machine;
  const head = `${cores} cores (${processor}), Node ${node}, ${date}, ${topology}. CPU is that of the edge's process alone.`;
  const rows = [['', 'base', 'edge', 'compared', 'spread', 'target', ''], ...results.map(rowOf)];
  const notes = [];
  if (fullLoad !== null) notes.push(fullLoadText(fullLoad));
  if (gate !== null) notes.push(gateText(gate));
  if (settlement !== null) notes.push(settlementText(settlement));
  notes.push(disturbanceText(foreignShare));
  const table = results.length === 0 ? [] : [aligned(rows), ''];
  return [head, '', ...table, ...notes].join('\n');
}

function rowOf(result) {
  const { title, unit, compare, base, measured, value, least, most, target, isWithinTarget } = result;
  const amount = (number) => `${digits(number)} ${unit}`;
  const written = { ratio: (number) => `${number.toFixed(2)}×`, difference: (number) => `+${amount(number)}` }[compare];
  const write = written ?? amount;
  const spread = least === most ? '' : `${write(least)} – ${write(most)}`;
  return [
    title,
    amount(base),
    amount(measured),
    write(value),
    spread,
    `≤ ${write(target)}`,
    isWithinTarget ? 'ok' : 'MISSED',
  ];
}

function digits(number) {
  return Math.abs(number) >= 100 ? number.toFixed(0) : number.toFixed(Math.abs(number) >= 10 ? 1 : 2);
}

function aligned(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const pad = (cell, column) =>
    column === 0 || column === 6 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]);
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

function fullLoadText({ requestsPerSecond, p50Ms, edgeMicroseconds, otherMicroseconds }) {
  const perCore = Math.round(1e6 / edgeMicroseconds);
  const others = Object.entries(otherMicroseconds).map(([name, microseconds]) => `${name} ${digits(microseconds)} µs`);
  return (
    `At full load the whole stack served ${Math.round(requestsPerSecond)} requests/s on this machine (p50 ${digits(p50Ms)} ms). ` +
    `CPU of one request: edge ${digits(edgeMicroseconds)} µs (${perCore} requests/s per core), ${others.join(', ')}.`
  );
}

function gateText({ name, admissionsPerSecond, storeMicroseconds, admissionMicroseconds, clientMicroseconds, paced }) {
  return (
    `The gate on ${name} alone: ${Math.round(admissionsPerSecond)} admissions/s, each with its final resize, all on one account; ` +
    `${digits(storeMicroseconds)} µs of ${name} for both, ${digits(admissionMicroseconds)} µs for an admission alone ` +
    `(${Math.round(1e6 / admissionMicroseconds)}/s per core of it), ${digits(clientMicroseconds)} µs of the asking process. ` +
    `At ${Math.round(paced.perSecond)} admissions/s: p50 ${digits(paced.p50Ms)} ms, p99 ${digits(paced.p99Ms)} ms.`
  );
}

function settlementText({ events, perSecond, billingMicroseconds, databaseMicroseconds }) {
  return (
    `One billing settled a backlog of ${events} events at ${Math.round(perSecond)} events/s; of one event ` +
    `${digits(billingMicroseconds)} µs of billing, ${digits(databaseMicroseconds)} µs of Postgres.`
  );
}

function disturbanceText(share) {
  const percent = (share * 100).toFixed(0);
  const advice = share > 0.1 ? ': figures scatter, repeat it on a quiet machine' : '';
  return `Other programs used ${percent} % of the machine meanwhile${advice}.`;
}
