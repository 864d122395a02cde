import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { errorCode } from './error-code.js';

/** True when a process of this id runs (also one of another user). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/**
 * Names one life of a process: an id is given again after a crash or a reboot, this text is not. Null when the process
 * is gone. Linux: boot id and start time in ticks (proc(5), stat field 22); elsewhere what `ps` tells.
 */
export function processLife(pid: number): string | null {
  if (!isAlive(pid)) return null;
  try {
    if (process.platform !== 'linux') {
      const told = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
      return told.startsWith('Z') ? null : told.replace(/^\S+\s+/, '');
    }
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name may hold spaces and parentheses; the fields go on after the last closing one, from the third.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A killed process whose parent does not collect it stays listed: as the main process of a container often does not.
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${fields[19] ?? ''}`;
  } catch {
    return null;
  }
}

/**
 * True when the process is the Postgres server of this data directory, by its command line: unlike its working directory,
 * that may be read of another user's process without a capability (proc(5)), as root in a container needs it.
 */
export function isPostmasterOf(pid: number, clusterDir: string): boolean {
  if (!isAlive(pid)) return false;
  try {
    if (process.platform === 'linux') {
      const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      const flag = args.indexOf('-D');
      return flag > 0 && args[flag + 1] === clusterDir;
    }
    const command = execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return command.includes('postgres') && command.includes(`-D ${clusterDir} `);
  } catch {
    return false;
  }
}
