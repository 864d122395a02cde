import { billingApi } from '@apilink/contracts';
import type { Command } from 'commander';
import type { z } from 'zod';

import { CommandError, exitCodes } from '../command/command.errors.js';
import type { CommandRun } from '../command/command.service.js';
import type { Output } from '../output/output.service.js';
import { factLines, printable } from '../output/table.domain.js';

type AuditLine = z.output<typeof billingApi.auditLineSchema>;
type AuditReport = Extract<AuditLine, { type: 'report' }>;

interface AuditOptions {
  readonly selfTest?: true;
  readonly json?: boolean;
}

/** `apilink audit`: recomputes every invariant on the running system; exit code 1 on any difference. */
export function auditCommands(program: Command, run: CommandRun): void {
  program
    .command('audit')
    .description('recompute every invariant of the books and of the gate; exit code 1 on any difference')
    .option('--self-test', 'corrupt copies in a rolled-back transaction and show that each kind is found')
    .option('--json', 'answer for scripts')
    .action(async (options: AuditOptions) => {
      const output = run.output(options);
      const report = await followAudit(run, options, output);
      output.progressEnds();
      if (output.forScripts) output.script({ ok: report.ok, differences: report.differences });
      else output.lines(auditLines(report, options.selfTest === true));
      if (!report.ok) run.exitCode = exitCodes.negative;
    });
}

async function followAudit(run: CommandRun, options: AuditOptions, output: Output): Promise<AuditReport> {
  const request = { method: 'POST', path: '/audits', body: { selfTest: options.selfTest === true } } as const;
  for await (const line of run.billing.follow(request, billingApi.auditLineSchema)) {
    if (line.type === 'report') return line;
    output.progress(`${line.invariant}: ${line.checked} of ${line.total}`);
  }
  throw new CommandError(exitCodes.notReachable, 'The audit broke off before its report.');
}

function auditLines(report: AuditReport, selfTest: boolean): string[] {
  const blocks = report.differences.flatMap(({ invariant, row, expected, found }) => [
    printable(invariant),
    ...factLines([
      { name: '  row', value: row },
      { name: '  expected', value: expected },
      { name: '  found', value: found },
    ]),
  ]);
  return [...blocks, ...(blocks.length === 0 ? [] : ['']), verdict(report, selfTest)];
}

function verdict(report: AuditReport, selfTest: boolean): string {
  if (selfTest) return report.ok ? 'Every kind of corruption is found.' : 'Some kind of corruption stays unnoticed.';
  return report.ok ? 'The books balance: 0 differences.' : `${report.differences.length} differences.`;
}
