import { createHash } from 'node:crypto';

import { gateAdmission } from './lua/gate-admission.lua.js';
import { gateApplying } from './lua/gate-applying.lua.js';
import { gateClock } from './lua/gate-clock.lua.js';
import { gateEnding } from './lua/gate-ending.lua.js';
import { gateEpochs } from './lua/gate-epochs.lua.js';
import { gateLoading } from './lua/gate-loading.lua.js';
import { gatePerform } from './lua/gate-perform.lua.js';
import { gateReading } from './lua/gate-reading.lua.js';
import { gateReaping } from './lua/gate-reaping.lua.js';
import { gateRecords } from './lua/gate-records.lua.js';
import { gateRunning } from './lua/gate-running.lua.js';
import { gateStanding } from './lua/gate-standing.lua.js';
import { gateTelling } from './lua/gate-telling.lua.js';

/** A script as Redis keeps it: called by its SHA-1, sent whole when Redis has forgotten it. */
export interface GateScript {
  readonly source: string;
  readonly sha1: string;
}

const decisions = [gateClock, gateRecords, gateStanding, gateEnding];

/** What the gate can be asked; each is one step of Redis, which serves nobody else meanwhile. */
export const gateScripts = {
  perform: scriptOf([...decisions, gateAdmission, gateRunning, gateReading, gatePerform]),
  apply: scriptOf([...decisions, gateTelling, gateApplying]),
  load: scriptOf([...decisions, gateTelling, gateLoading]),
  reap: scriptOf([...decisions, gateReaping]),
  ask: scriptOf([gateClock, "local function nameOf(acc)\n  return prefix .. '{' .. acc .. '}'\nend\n", gateEpochs]),
} as const satisfies Record<string, GateScript>;

function scriptOf(pieces: readonly string[]): GateScript {
  const source = pieces.map((piece) => piece.trim()).join('\n\n');
  return { source, sha1: createHash('sha1').update(source).digest('hex') };
}
