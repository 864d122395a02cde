import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';

import { cpuSecondsOfTree } from './cpu-time.mjs';

export function machineFacts() {
  const [cpu] = cpus();
  return {
    cores: availableParallelism(),
    processor: cpu?.model.trim() ?? 'unknown',
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
  };
}

/** Streams that fit into the limit of open files: the edge has two sockets for each. */
export function affordableStreams(wanted) {
  const line = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
  const limit = line === null || line[1] === 'unlimited' ? Infinity : Number(line[1]);
  return Math.max(0, Math.min(wanted, Math.floor((limit - 500) / 2)));
}

/** How much of the machine other programs used while this ran: above a few percent, figures scatter. */
export class Disturbance {
  #begun = null;

  begin(ownPids) {
    this.#begun = { ownPids, busy: busySeconds(), own: ownSeconds(ownPids), at: performance.now() };
  }

  /** Share of all cores, 0 to 1. */
  end() {
    const { ownPids, busy, own, at } = this.#begun;
    const foreign = busySeconds() - busy - (ownSeconds(ownPids) - own);
    return Math.max(0, foreign / ((performance.now() - at) / 1000) / availableParallelism());
  }
}

function ownSeconds(pids) {
  return pids.reduce((sum, pid) => sum + cpuSecondsOfTree(pid), 0);
}

/** proc(5): user, nice, system, then idle and iowait, then irq and softirq, in hundredths of a second. */
function busySeconds() {
  const [, ...ticks] = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0].trim().split(/\s+/).map(Number);
  return [0, 1, 2, 5, 6].reduce((sum, index) => sum + ticks[index], 0) / 100;
}
