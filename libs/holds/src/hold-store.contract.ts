import { afterAll, beforeAll, describe } from '@jest/globals';

import { describeAdministration } from './contract/administration.contract.js';
import { describeAdmission } from './contract/admission.contract.js';
import { describeApplying } from './contract/applying.contract.js';
import { describeCapFigures } from './contract/cap-figures.contract.js';
import { GateScenario, type GateUnderTest } from './contract/gate-scenario.contract.js';
import { describeRaces } from './contract/race.contract.js';
import { describeRates } from './contract/rates.contract.js';
import { describeRenewal } from './contract/renewal.contract.js';
import { describeResizing } from './contract/resizing.contract.js';

/**
 * Every sentence of the port, for any store of it. `start` gives a store whose clock stands still until it is set; what
 * belongs to a store that can lose its memory (epochs, quiet intervals) has a suite of its own.
 */
export function describeHoldStore(name: string, start: () => Promise<GateUnderTest>): void {
  describe(name, () => {
    let scenario: GateScenario | null = null;
    const theScenario = (): GateScenario => {
      if (scenario === null) throw new Error('the store has not started');
      return scenario;
    };
    beforeAll(async () => {
      scenario = new GateScenario(await start());
    });
    afterAll(async () => {
      await scenario?.gate.close();
    });
    describeAdmission(theScenario);
    describeCapFigures(theScenario);
    describeRaces(theScenario);
    describeRates(theScenario);
    describeResizing(theScenario);
    describeRenewal(theScenario);
    describeApplying(theScenario);
    describeAdministration(theScenario);
  });
}
