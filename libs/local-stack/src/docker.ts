import { findOnPath } from './find-on-path.js';
import { runCommand } from './run-command.js';

const ANSWER_MS_MAX = 3000;

/** Whether there is a Docker with an engine behind it: a client alone, as many machines have, says so at once. */
export async function dockerAnswers(): Promise<boolean> {
  const docker = findOnPath('docker');
  if (docker === null) return false;
  const format = ['--format', '{{.ServerVersion}}'];
  const { code, output } = await runCommand(docker, ['info', ...format], { timeoutMs: ANSWER_MS_MAX });
  return code === 0 && /^\d/m.test(output);
}
