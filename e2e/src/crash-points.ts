import { readFileSync } from 'node:fs';

/**
 * Every failpoint of the code, by who reaches it. tools/failpoints.spec.js holds this list against the code, so that none
 * is left out of the drills.
 */
export const crashPoints = {
  /** By every settlement. */
  consumer: ['settlement.committing', 'settlement.committed'],
  /** By every change of the ledger, settlements and grants, where the gate is apart. */
  gateWriter: ['gate-writer.read', 'gate-writer.applied'],
  /** By every event that the ledger tells. */
  relay: ['outbox.read', 'outbox.published'],
  /** By every request, in its order. */
  edge: ['admission.granted', 'relay.dispatched', 'settlement.resized', 'usage.published'],
  /** By a refund, in its order. */
  refund: ['refund.reserved', 'refund.held', 'refund.asked', 'refund.submitted', 'refund.posting', 'refund.posted'],
  /** By a request that ends while the log is away. */
  spool: ['spool.written'],
} as const;

/** What a process writes last, when it ends at the point. */
export function lastWordsOf(point: string): string {
  return `failpoint ${point} ends this process`;
}

/** How often the process of this log file has ended at the point: a process that died of anything else does not count. */
export function endsAt(point: string, logFile: string): number {
  return readFileSync(logFile, 'utf8').split(lastWordsOf(point)).length - 1;
}
