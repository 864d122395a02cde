import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { capture } from '../bootstrap/child.mjs';
import { root } from '../bootstrap/workspace.mjs';
import { readReport } from './report.mjs';

const jest = join('node_modules', 'jest', 'bin', 'jest.js');
/** How long Jest may go on after it has written its report; something left open would keep it for ever. */
const lingerMs = 20_000;

/** The files of a suite that the patterns choose; none = all. */
export async function listFiles({ config }, patterns) {
  const { output } = await capture(process.execPath, [jest, '--config', config, '--listTests', ...patterns]);
  return output.split('\n').filter((line) => line.endsWith('.js'));
}

/** The figures of a file that this machine cannot run, with the reason. */
export function skipped(file, problem) {
  return { passed: 0, failed: 0, skipped: 1, failures: [], skips: [`${relative(root, file)}: ${problem}`] };
}

/** Runs one Jest configuration on compiled output and resolves with its figures, whatever became of it. */
export async function runSuite({ name, config }, { files, environment, report }) {
  console.log(`\n── ${name} tests ──`);
  const lingered = await runJest(
    ['--config', config, '--json', '--outputFile', report, '--passWithNoTests', ...files],
    {
      environment,
      report,
    },
  );
  if (!existsSync(report)) {
    return { passed: 0, failed: 1, skipped: 0, failures: [`${name}: Jest ended without a report`], skips: [] };
  }
  const result = readReport(JSON.parse(readFileSync(report, 'utf8')), root);
  if (!lingered) return result;
  const failure = `${name}: Jest did not end by itself; a test leaves a socket, timer or process open`;
  return { ...result, failed: result.failed + 1, failures: [...result.failures, failure] };
}

/** Resolves with true when Jest had to be ended. Its JSON goes to the file, what people read to stderr. */
function runJest(args, { environment, report }) {
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...flags, jest, ...args], {
      cwd: root,
      env: environment,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    let lingered = false;
    let reportedAt = null;
    const watch = setInterval(() => {
      if (!existsSync(report)) return;
      reportedAt ??= Date.now();
      if (Date.now() - reportedAt < lingerMs) return;
      lingered = true;
      child.kill('SIGKILL');
    }, 500);
    const pass = (signal) => child.kill(signal);
    process.on('SIGINT', pass);
    process.on('SIGTERM', pass);
    child.once('error', reject);
    child.once('exit', () => {
      clearInterval(watch);
      process.off('SIGINT', pass);
      process.off('SIGTERM', pass);
      resolve(lingered);
    });
  });
}
