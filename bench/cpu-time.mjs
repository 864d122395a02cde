import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

let ticksPerSecond = null;

/** CPU seconds that a process and all its living descendants have used so far. */
export function cpuSecondsOfTree(rootPid) {
  ticksPerSecond ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(readStat);
  const wanted = new Set([rootPid]);
  let ticks = 0;
  // Ids are in order of age but for a wrap of the counter; a second pass finds what the first one met too early.
  for (let pass = 0; pass < 2; pass++) {
    for (const process of processes) if (process !== null && wanted.has(process.parent)) wanted.add(process.pid);
  }
  for (const process of processes) if (process !== null && wanted.has(process.pid)) ticks += process.ticks;
  return ticks / ticksPerSecond;
}

/** proc(5): the name may hold anything but ends with the last bracket; null when the process has just ended. */
function readStat(name) {
  let text;
  try {
    text = readFileSync(`/proc/${name}/stat`, 'utf8');
  } catch {
    return null;
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  // Of those that have ended and were waited for (cutime, cstime) too: a server's short-lived workers.
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
  return { pid: Number(name), parent: Number(fields[1]), ticks };
}
