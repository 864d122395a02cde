import { describe, expect, it } from '@jest/globals';

import { addUp, closingLines, readReport, verdict } from './test/report.mjs';

const root = '/checkout';
const test = (status, fullName) => ({ status, fullName });
const report = {
  testResults: [
    {
      name: '/checkout/libs/money/dist/a.spec.js',
      status: 'failed',
      message: 'noise',
      assertionResults: [test('passed', 'adds'), test('failed', 'rounds'), test('pending', 'converts')],
    },
    {
      name: '/checkout/libs/money/dist/b.spec.js',
      status: 'failed',
      message: '  ● Test suite failed to run\n\n  Cannot find x\nmore',
      assertionResults: [],
    },
    {
      name: '/checkout/libs/money/dist/c.spec.js',
      status: 'passed',
      message: '',
      assertionResults: [test('passed', 'works')],
    },
  ],
};

describe('the closing lines of npm test', () => {
  const total = addUp([readReport(report, root)]);

  it('count what passed, failed and was skipped; a file that cannot be loaded is a failure', () => {
    expect(total).toMatchObject({ passed: 2, failed: 2, skipped: 1 });
  });

  it('name each failure and each test that did not run, then give the figures alone on the last line', () => {
    expect(closingLines(total)).toEqual([
      '',
      'Failed:',
      '  libs/money/dist/a.spec.js: rounds',
      '  libs/money/dist/b.spec.js: could not run (Cannot find x)',
      '',
      'Did not run:',
      '  libs/money/dist/a.spec.js: converts',
      '',
      '2 passed, 2 failed, 1 skipped',
    ]);
  });

  it.each([
    [{ passed: 3, failed: 0, skipped: 0 }, false, true],
    [{ passed: 3, failed: 0, skipped: 1 }, false, true],
    [{ passed: 3, failed: 0, skipped: 1 }, true, false],
    [{ passed: 3, failed: 1, skipped: 0 }, false, false],
    [{ passed: 0, failed: 0, skipped: 0 }, false, false],
  ])('of %j (CI: %p) mean that the run is good: %p', (figures, ci, good) => {
    expect(verdict(figures, ci)).toBe(good);
  });
});
