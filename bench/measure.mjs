import { setTimeout as sleep } from 'node:timers/promises';

import { cpuSecondsOfTree } from './cpu-time.mjs';
import { runLoad } from './load.mjs';
import { backlog, fullLoad, idleStreams, warmUps } from './measurements.mjs';

/** How long a run is: rounds of each pair, seconds of each load. */
export const plans = {
  normal: { rounds: 5, seconds: 3, warmUpSeconds: 15, gateSeconds: 4, idleSeconds: 6 },
  quick: { rounds: 2, seconds: 2, warmUpSeconds: 3, gateSeconds: 2, idleSeconds: 3 },
};

/** Loads the processes of one stack and reads what it cost them. */
export class Meter {
  /** @param generator the children it is started among, and the compiled program. */
  constructor(stack, generator, plan) {
    this.stack = stack;
    this.generator = generator;
    this.plan = plan;
  }

  async warmUp() {
    for (const { target, load } of warmUps) {
      if (this.stack[target] !== undefined) await this.#load(target, load, { seconds: this.plan.warmUpSeconds });
    }
  }

  /** Base and the other in turn, a few seconds each, so that both meet the same disturbances. */
  async measurePair({ of, load, read }) {
    const rounds = [];
    for (let round = 0; round < this.plan.rounds; round++) {
      const base = read(await this.#load('base', load));
      const measured = read(await this.#load(of, load));
      rounds.push({ base, measured });
    }
    return rounds;
  }

  /** New processes first: what earlier loads left in a heap would hide what the streams take. */
  async measureIdleStreams(streams) {
    const { load } = idleStreams;
    await this.stack.restartMeasured();
    const found = {};
    for (const name of ['base', 'edge']) {
      // The young generation has grown to its size before, as in a process that has served for a minute.
      await this.#load(name, fullLoad, { seconds: this.plan.warmUpSeconds });
      await sleep(1_000);
      const {
        rss_kb: after,
        rss0_kb: before,
        cpu_pct: cpuPercent,
      } = await this.#load(
        name,
        { ...load, connections: streams },
        // Measured when the last one has long begun.
        { warmUpSeconds: load.rampMs / 1_000 + 2, seconds: this.plan.idleSeconds },
      );
      found[name] = { kilobytes: (after - before) / streams, cpuPercent };
    }
    return { streams, ...found };
  }

  /** Requests a second of the whole stack, and what each of its processes used for one. */
  async measureFullLoad() {
    const { pids } = this.stack;
    const used = () => Object.entries(pids).map(([name, pid]) => [name, cpuSecondsOfTree(pid)]);
    const before = Object.fromEntries(used());
    const answer = await this.#load('edge', fullLoad, { warmUpSeconds: 0, seconds: this.plan.warmUpSeconds });
    const others = used().map(([name, seconds]) => [name, ((seconds - before[name]) * 1e6) / answer.ok]);
    return {
      requestsPerSecond: answer.rps,
      p50Ms: answer.lat_us.p50 / 1000,
      edgeMicroseconds: answer.cpu_us_req,
      otherMicroseconds: Object.fromEntries(others),
    };
  }

  /** Usage events for billing to settle later. */
  async makeBacklog() {
    await this.#load('edge', backlog, { warmUpSeconds: 0, seconds: 2 * this.plan.warmUpSeconds });
  }

  #load(name, load, times = {}) {
    const target = { name, ...this.stack[name], apiKey: this.stack.customer.apiKey };
    return runLoad(this.generator, target, { seconds: this.plan.seconds, warmUpSeconds: 1, ...load, ...times });
  }
}
