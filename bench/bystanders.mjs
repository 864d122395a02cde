import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { freePort } from '@apilink/local-stack';

import { catalogText } from './catalog.mjs';

/**
 * What an operator should give an edge: a young generation of 32 MB a half. With the default of 16 MB a request costs a
 * tenth more, with 64 MB an idle stream twice the memory. The base gets the same.
 */
export const nodeFlags = ['--max-semi-space-size=32'];

/** Far above what one machine can ask. */
export const unreachableLimits = {
  KEY_DEFAULT_RPM: '10000000',
  KEY_DEFAULT_TPM: '100000000000',
  KEY_DEFAULT_CONCURRENCY: '1000000',
};

/** What stands beside every stack: the mock upstream, the base, and the apilink.yaml that names the upstream. */
export class Bystanders {
  #programs;
  #children;
  #folder;
  #upstream = null;
  base = null;

  constructor(programs, children, folder) {
    this.#programs = programs;
    this.#children = children;
    this.#folder = folder;
  }

  get configuration() {
    return join(this.#folder, 'apilink.yaml');
  }

  async startUpstream() {
    const port = await freePort();
    const command = [this.#programs.upstream, '-p', String(port)];
    this.#upstream = await this.#start('upstream', command, { sign: 'upstream on', port });
    writeFileSync(this.configuration, catalogText(port));
  }

  async restartBase() {
    if (this.base !== null) await this.#children.stop(this.base.pid);
    const port = await freePort();
    const command = [process.execPath, ...nodeFlags, join(import.meta.dirname, 'base.mjs')];
    const environment = { PORT: String(port), UPSTREAM: `http://${this.#upstream.address}` };
    this.base = await this.#start('the base', command, { sign: 'ready', port, environment });
  }

  async #start(name, command, { sign, port, environment = {} }) {
    const isReady = (line) => (line.startsWith(sign) ? true : null);
    const { pid } = await this.#children.start(name, command, { environment, isReady });
    return { pid, address: `127.0.0.1:${port}` };
  }
}
