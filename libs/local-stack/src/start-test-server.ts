import { dockerAnswers } from './docker.js';
import { startInstalled, type RunningTestServer, type ServerKind } from './server-kind.js';

/**
 * A server for tests: in Docker where that answers, else an installation of this machine. Where an image cannot be had,
 * the installation serves too. Rejects with one sentence that says what is missing.
 */
export async function startTestServer(kind: ServerKind, folder: string): Promise<RunningTestServer> {
  const isDocker = await dockerAnswers();
  const container = isDocker ? await tryContainer(kind, folder) : null;
  return container ?? startInstalled[kind](folder);
}

async function tryContainer(kind: ServerKind, folder: string): Promise<RunningTestServer | null> {
  try {
    // Loaded only here: it is large, and most machines never need it.
    const { startContainer } = await import('./containers.js');
    return await startContainer[kind](folder);
  } catch (error) {
    process.stderr.write(`Docker gave no ${kind} (${String(error)}); trying an installation of this machine\n`);
    return null;
  }
}
