import { configurationFileSchema } from '@apilink/contracts';
import { problemSentence, readConfiguration } from '@apilink/service';
import type { Command } from 'commander';

import { exitCodes } from '../command/command.errors.js';
import type { CommandRun } from '../command/command.service.js';
import { printable } from '../output/table.domain.js';
import { configurationText } from './configuration-text.client.js';

const builtInFile = 'apilink.yaml';

/** `apilink config check [FILE]`: the same check as the router's, without an instance. */
export function configurationCommands(program: Command, run: CommandRun): void {
  program
    .command('config')
    .description('the configuration file apilink.yaml')
    .command('check')
    .description('validate a configuration file without starting anything; exit code 1 when it is not valid')
    .argument('[file]', `path of the file (default: APILINK_CONFIG, else ./${builtInFile})`)
    .option('--json', 'answer for scripts')
    .action((named: string | undefined, options: { readonly json?: boolean }) => {
      const file = named ?? run.configurationFile ?? builtInFile;
      const output = run.output(options);
      const result = readConfiguration(configurationText(file), configurationFileSchema);
      const problems = result.ok ? [] : result.problems;
      if (output.forScripts) output.script({ ok: result.ok, problems });
      else if (result.ok) output.lines([`${printable(file)} is valid.`]);
      else output.lines(problems.map((problem) => printable(problemSentence(file, problem))));
      if (!result.ok) run.exitCode = exitCodes.negative;
    });
}
