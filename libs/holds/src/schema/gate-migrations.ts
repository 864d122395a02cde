import type { MigrationInterface, QueryRunner } from 'typeorm';

import { gateAdministering } from './gate-administering.js';
import { gateAdmission } from './gate-admission.js';
import { gateCall } from './gate-call.js';
import { gateCaps } from './gate-caps.js';
import { gateGrants } from './gate-grants.js';
import { gateReading } from './gate-reading.js';
import { gateReaping } from './gate-reaping.js';
import { gateRunning } from './gate-running.js';
import { gateStanding } from './gate-standing.js';
import { gateTables } from './gate-tables.js';

/** The schema `gate` as its owner makes it; the schema itself and the groups exist before. */
class CreateGate1763800000000 implements MigrationInterface {
  readonly name = 'CreateGate1763800000000';

  async up(runner: QueryRunner): Promise<void> {
    const parts = [
      gateTables,
      gateStanding,
      gateAdmission,
      gateRunning,
      gateReading,
      gateReaping,
      gateAdministering,
      gateCall,
      gateGrants,
    ];
    for (const part of parts) await runner.query(part);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('the gate holds money: restore a backup instead of undoing its first migration'));
  }
}

/** Each cap by itself in every reply, and the requests that may still run at once. */
class TellEachCap1790000000003 implements MigrationInterface {
  readonly name = 'TellEachCap1790000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(gateCaps);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('the gate holds money: restore a backup instead of undoing a migration of it'));
  }
}

/** In order; run them as the owner of the schema `gate`. */
export const gateMigrations = [CreateGate1763800000000, TellEachCap1790000000003];
