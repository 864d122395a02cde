/**
 * The edge as a process with gate and event log taken away: everything else of a request is done, from the socket to the
 * events, but the gate grants what it is asked and the log takes what it is given, a turn later and without Postgres.
 * It shows what the hot lane itself costs, at a rate that the embedded gate cannot admit. Nothing it does is billed.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

import { createEdgeApplication } from '@apilink/edge-proxy';
import { PostgresEventLog } from '@apilink/events';
import { PostgresHoldStore } from '@apilink/holds';
import { connectDatabase } from '@apilink/postgres';
import { runMain } from '@apilink/service';

const connect = (schema) => connectDatabase({ url: process.env.DATABASE_URL, applicationName: 'bench-lane', schema });

/** Asks the real gate once, so that what it grants has the true shape. */
class GenerousGate {
  #isAsked = false;
  #granted = Promise.withResolvers();

  constructor(store) {
    this.store = store;
  }

  findKey(keyHash) {
    return this.store.findKey(keyHash);
  }

  async admit(request) {
    if (!this.#isAsked) void this.#askOnce(request).then(this.#granted.resolve, this.#granted.reject);
    const reply = await this.#granted.promise;
    await nextTurn();
    return reply.outcome === 'granted'
      ? { ...reply, grantedNanoUsd: request.amountNanoUsd, admittedAt: Date.now() }
      : reply;
  }

  async resize({ targetNanoUsd }) {
    await nextTurn();
    const { epoch, left } = await this.#granted.promise;
    return { outcome: 'resized', grantedNanoUsd: targetNanoUsd, epoch, quiet: false, left };
  }

  async renew({ holds }) {
    const { epoch } = await this.#granted.promise;
    return { epoch, confirmed: new Set(holds.map(({ holdId }) => holdId)), gone: new Set() };
  }

  async #askOnce(request) {
    this.#isAsked = true;
    const reply = await this.store.admit(request);
    const { accountId, holdId } = request;
    await this.store.resize({ accountId, holdId, targetNanoUsd: 0n, final: true, tokens: 0 });
    return reply;
  }
}

/** The routing table comes from the log; what the edge tells it goes nowhere. */
class ForgetfulLog {
  constructor(log) {
    this.log = log;
  }

  follow(topic, handle) {
    return this.log.follow(topic, handle);
  }

  async publish() {
    await nextTurn();
  }
}

const holdStore = new GenerousGate(new PostgresHoldStore(await connect('gate')));
const logger = { warn: () => undefined, error: () => undefined };
const eventLog = new ForgetfulLog(new PostgresEventLog(await connect('event_log'), { logger }));
await runMain('edge-proxy', (options) => createEdgeApplication({ ...options, ports: { holdStore, eventLog } }));
