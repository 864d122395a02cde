import type { MigrationInterface, QueryRunner } from 'typeorm';

import { gateAdministering } from './gate-administering.js';
import { gateAdmission } from './gate-admission.js';
import { gateCall } from './gate-call.js';
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

/** In order; run them as the owner of the schema `gate`. */
export const gateMigrations = [CreateGate1763800000000];
