import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where this user keeps what can be fetched again: `$XDG_CACHE_HOME`, `~/Library/Caches` on macOS, else `~/.cache`. */
export function cacheFolder(): string {
  const chosen = process.env['XDG_CACHE_HOME'];
  if (chosen !== undefined && chosen !== '') return join(chosen, 'apilink');
  return join(homedir(), process.platform === 'darwin' ? 'Library/Caches' : '.cache', 'apilink');
}
