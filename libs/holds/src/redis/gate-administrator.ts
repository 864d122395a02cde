import type { AccountId } from '@apilink/contracts';

import { checkReserve } from '../gate-requests.js';
import { HoldStoreUnavailable } from '../hold-store-unavailable.js';
import type {
  AccountSnapshot,
  GateAccountView,
  GateAdministration,
  GateChange,
  ListedHold,
  LoadReply,
  ReserveReply,
  ReserveRequest,
} from '../hold-store.js';
import { commitTexts, limitTexts, loadedHoldTexts } from './account-text.js';
import { decodeAccountView, decodeListedHold } from './account-view.js';
import { gateScripts, type GateScript } from './gate-script.js';
import { holdArguments, reservedHold } from './operation-text.js';
import { accountIdOf, amountAt, broken, listOf, numberAt, textAt } from './reply-text.js';

/** Parts told and holds marked by one script at most: Redis serves nobody else while it runs. */
const PARTS_MAX = 200;

export type GateAsk = (script: GateScript, args: readonly (string | number)[]) => Promise<readonly unknown[]>;

/** What billing alone may do, as scripts; `ask` runs one and tells its epoch to whoever watches. */
export class GateAdministrator implements GateAdministration {
  constructor(private readonly ask: GateAsk) {}

  async apply(changes: readonly GateChange[]): Promise<void> {
    const failures: string[] = [];
    for (const parts of callsOf(changes)) failures.push(...(await this.tell(parts)));
    if (failures.length > 0)
      throw new HoldStoreUnavailable(`${failures.length} accounts could not be told, ${failures[0]}`);
  }

  async load(snapshot: AccountSnapshot): Promise<LoadReply> {
    const limits = limitTexts(snapshot);
    const rest = [
      ...commitTexts({ balance: snapshot.balance, account: snapshot.account }),
      ...loadedHoldTexts(snapshot),
    ];
    if (limits.length <= PARTS_MAX) return this.loadWith(snapshot, [...limits, ...rest]);
    // What an account that is not loaded is told is kept for its load: the large part of it comes before.
    const before = await this.askLoad(snapshot, ['ask']);
    if (before !== 'absent') return loadReplyOf(before);
    for (const parts of chunksOf(limits)) await this.tell([`A ${snapshot.accountId}`, ...parts]);
    return this.loadWith(snapshot, rest);
  }

  async markExpired(limit: number): Promise<readonly ListedHold[]> {
    const holds = new Map<string, ListedHold>();
    for (;;) {
      const most = Math.min(limit - holds.size, PARTS_MAX);
      const reply = await this.ask(gateScripts.reap, ['mark', most]);
      const known = holds.size;
      for (let index = 1; index < reply.length; index++) {
        const hold = decodeListedHold(textAt(reply, index));
        holds.set(hold.holdId, hold);
      }
      // Fewer than asked, or some that this call marked itself: there are no others.
      if (holds.size === limit || holds.size - known < most) return [...holds.values()];
    }
  }

  async reserve(request: ReserveRequest): Promise<ReserveReply> {
    checkReserve(request);
    const reply = await this.ask(gateScripts.reap, ['reserve', ...holdArguments(reservedHold(request))]);
    const outcome = textAt(reply, 1);
    if (outcome === 'reserved') return { outcome, grantedNanoUsd: amountAt(reply, 2), epoch: numberAt(reply, 0) };
    if (outcome === 'gone' || outcome === 'not_loaded') return { outcome };
    throw broken();
  }

  async restore(hold: ListedHold): Promise<'restored' | 'gone' | 'not_loaded'> {
    const outcome = textAt(await this.ask(gateScripts.reap, ['restore', ...holdArguments(hold)]), 1);
    if (outcome === 'restored' || outcome === 'gone' || outcome === 'not_loaded') return outcome;
    throw broken();
  }

  async inspect(accountId: AccountId): Promise<GateAccountView | null> {
    const reply = await this.ask(gateScripts.ask, ['inspect', accountId]);
    return reply[1] === undefined ? null : decodeAccountView(accountId, listOf(reply[1]));
  }

  async listAccounts(after: AccountId | null, limit: number): Promise<readonly AccountId[]> {
    const reply = await this.ask(gateScripts.ask, ['list', after ?? '', limit]);
    return listOf(reply[1]).map((id) => accountIdOf(typeof id === 'string' ? id : undefined));
  }

  /** What failed, account by account. Rejects when the store has no epoch: the caller has to tell it again later. */
  private async tell(parts: readonly string[]): Promise<readonly string[]> {
    const reply = await this.ask(gateScripts.apply, parts);
    if (numberAt(reply, 0) === 0) throw new HoldStoreUnavailable('it has no epoch of its present run');
    return reply.slice(1).map(String);
  }

  private async loadWith(snapshot: AccountSnapshot, parts: readonly string[]): Promise<LoadReply> {
    return loadReplyOf(await this.askLoad(snapshot, parts));
  }

  private async askLoad(snapshot: AccountSnapshot, parts: readonly string[]): Promise<string> {
    return textAt(await this.ask(gateScripts.load, [snapshot.accountId, snapshot.epoch, ...parts]), 1);
  }
}

function loadReplyOf(outcome: string): LoadReply {
  if (outcome === 'loaded' || outcome === 'exists' || outcome === 'other_epoch') return outcome;
  throw broken();
}

/** The parts of one call each: limits may come apart, what one commit changed together never does. */
function callsOf(changes: readonly GateChange[]): readonly string[][] {
  const calls: string[][] = [];
  let call: string[] = [];
  const add = (accountId: AccountId, parts: readonly string[]) => {
    if (call.length > 0 && call.length + parts.length > PARTS_MAX) {
      calls.push(call);
      call = [];
    }
    call.push(`A ${accountId}`, ...parts);
  };
  for (const change of changes) {
    for (const parts of chunksOf(limitTexts(change))) add(change.accountId, parts);
    const commit = commitTexts(change);
    if (commit.length > 0) add(change.accountId, commit);
  }
  if (call.length > 0) calls.push(call);
  return calls;
}

function chunksOf(parts: readonly string[]): readonly (readonly string[])[] {
  const chunks = [];
  for (let from = 0; from < parts.length; from += PARTS_MAX) chunks.push(parts.slice(from, from + PARTS_MAX));
  return chunks;
}
