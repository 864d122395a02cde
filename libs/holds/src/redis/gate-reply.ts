import type { WorkspaceId } from '@apilink/contracts';
import { z } from 'zod';

import type {
  AdmitReply,
  CapFigures,
  CapsFigures,
  GateFigures,
  GateKey,
  GateKeyIdentity,
  ReadReply,
  Refusal,
  ResizeReply,
} from '../hold-store.js';
import { noCaps } from '../no-caps.js';
import {
  accountIdOf,
  amountAt,
  amountField,
  amountFieldOrNull,
  broken,
  fieldsOf,
  keyIdOf,
  numberAt,
  numberField,
  numberFieldOrNull,
  numberOrNullAt,
  textAt,
  workspaceIdOf,
} from './reply-text.js';

/** Workspaces and allow-lists repeat with each answer: parsed once, forgotten when there are too many. */
const KNOWN_MAX = 10_000;
const knownWorkspaces = new Map<string, WorkspaceId>();
const knownModels = new Map<string, readonly string[]>();
const modelsSchema = z.array(z.string());

export type Reply = readonly unknown[];

export function decodeAdmission(reply: Reply, epoch: number): AdmitReply {
  switch (reply[0]) {
    case 'g':
      return {
        outcome: 'granted',
        grantedNanoUsd: amountAt(reply, 1),
        admittedAt: numberAt(reply, 2),
        periods: { day: textAt(reply, 3), week: textAt(reply, 4), month: textAt(reply, 5) },
        epoch,
        workspaceId: remembered(knownWorkspaces, textAt(reply, 6), workspaceIdOf),
        models: modelsOf(textAt(reply, 7)),
        left: decodeFigures(reply, 8),
      };
    case 'r':
      return { outcome: 'refused', refusal: decodeRefusal(reply), left: decodeFigures(reply, 4) };
    case 'n':
      return { outcome: 'not_loaded' };
    case 'q':
      return { outcome: 'quiet' };
    case 'x':
      return { outcome: 'gone' };
    default:
      throw broken();
  }
}

export function decodeResizing(reply: Reply, epoch: number): ResizeReply {
  if (reply[0] === 'n') return { outcome: 'not_loaded' };
  if (reply[0] === 'x') return { outcome: 'gone' };
  if (reply[0] !== 'z') throw broken();
  return {
    outcome: 'resized',
    grantedNanoUsd: amountAt(reply, 1),
    epoch,
    quiet: numberAt(reply, 2) === 1,
    left: decodeFigures(reply, 3),
  };
}

export function decodeRenewal(reply: unknown): 'confirmed' | 'gone' | 'kept' {
  if (reply === 'c') return 'confirmed';
  if (reply === 'x') return 'gone';
  if (reply === 'k') return 'kept';
  throw broken();
}

export function decodeReading(reply: Reply, keyId: GateKey['keyId']): ReadReply {
  if (reply[0] === 'n') return { outcome: 'not_loaded' };
  if (reply[0] !== 'd') throw broken();
  return {
    outcome: 'read',
    left: decodeFigures(reply, 8),
    key: decodeKey(keyId, textAt(reply, 1)),
    keySpentNanoUsd: {
      total: amountAt(reply, 2),
      day: amountAt(reply, 3),
      week: amountAt(reply, 4),
      month: amountAt(reply, 5),
    },
    keyHeldNanoUsd: amountAt(reply, 6),
    blocked: reply[7] === null ? null : blockedReason(textAt(reply, 7)),
  };
}

export function decodeIdentity(reply: Reply): GateKeyIdentity | null {
  if (reply[0] === 'n') return null;
  if (reply[0] !== 'f') throw broken();
  return {
    accountId: accountIdOf(textAt(reply, 1)),
    workspaceId: workspaceIdOf(textAt(reply, 2)),
    keyId: keyIdOf(textAt(reply, 3)),
    timeZone: textAt(reply, 4),
  };
}

/** `version workspace status expires requests tokens concurrency daily weekly monthly hash models` */
export function decodeKey(keyId: GateKey['keyId'], text: string): GateKey {
  const [version, workspace, status, expires, requests, tokens, concurrency, daily, weekly, monthly, hash, models] =
    fieldsOf(text, 12);
  if (status !== 'active' && status !== 'disabled' && status !== 'revoked') throw broken();
  return {
    keyId,
    keyHash: hash ?? '',
    workspaceId: workspaceIdOf(workspace),
    status,
    expiresAt: numberFieldOrNull(expires),
    requestsPerMinute: numberFieldOrNull(requests),
    tokensPerMinute: numberFieldOrNull(tokens),
    concurrency: numberFieldOrNull(concurrency),
    dailyCapNanoUsd: amountFieldOrNull(daily),
    weeklyCapNanoUsd: amountFieldOrNull(weekly),
    monthlyCapNanoUsd: amountFieldOrNull(monthly),
    models: modelsOf(models ?? ''),
    version: numberField(version),
  };
}

function modelsOf(text: string): readonly string[] | null {
  return text === '-' ? null : remembered(knownModels, text, (json) => modelsSchema.parse(JSON.parse(json)));
}

function remembered<Value>(known: Map<string, Value>, text: string, parse: (text: string) => Value): Value {
  const before = known.get(text);
  if (before !== undefined) return before;
  const value = parse(text);
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(text, value);
  return value;
}

function decodeFigures(reply: Reply, at: number): GateFigures {
  return {
    postedNanoUsd: amountAt(reply, at),
    heldNanoUsd: amountAt(reply, at + 1),
    creditedNanoUsd: amountAt(reply, at + 2),
    spentNanoUsd: amountAt(reply, at + 3),
    keyCapRemainingNanoUsd: reply[at + 4] === null ? null : amountAt(reply, at + 4),
    caps: reply.length === at + 12 ? noCaps : decodeCaps(reply, at + 12),
    requests: bucketAt(reply, at + 5),
    tokens: bucketAt(reply, at + 8),
    concurrencyRemaining: numberOrNullAt(reply, at + 11),
  };
}

/** The limits of day, week, month and workspace in one text, `-` for none, and behind it what each of them leaves. */
function decodeCaps(reply: Reply, at: number): CapsFigures {
  const [day, week, month, budget] = fieldsOf(textAt(reply, at), 4);
  return {
    daily: capOf(day, reply, at + 1),
    weekly: capOf(week, reply, at + 2),
    monthly: capOf(month, reply, at + 3),
    workspace: capOf(budget, reply, at + 4),
  };
}

function capOf(limit: string | undefined, reply: Reply, at: number): CapFigures | null {
  return limit === '-' ? null : { limitNanoUsd: amountField(limit), remainingNanoUsd: amountAt(reply, at) };
}

function bucketAt(reply: Reply, at: number): GateFigures['requests'] {
  return { limit: numberAt(reply, at), remaining: numberAt(reply, at + 1), resetMs: numberAt(reply, at + 2) };
}

function decodeRefusal(reply: Reply): Refusal {
  const reason = textAt(reply, 1);
  switch (reason) {
    case 'balance':
    case 'workspace_budget':
      return { reason, availableNanoUsd: amountAt(reply, 2) };
    case 'key_cap':
      return { reason, period: capPeriod(textAt(reply, 3)), availableNanoUsd: amountAt(reply, 2) };
    case 'requests_per_minute':
    case 'tokens_per_minute':
      return { reason, limit: numberAt(reply, 2), retryAfterMs: numberAt(reply, 3) };
    case 'key_concurrency':
    case 'account_concurrency':
      return { reason, limit: numberAt(reply, 2) };
    default:
      return { reason: blockedReason(reason) };
  }
}

function capPeriod(text: string): 'daily' | 'weekly' | 'monthly' {
  if (text === 'daily' || text === 'weekly' || text === 'monthly') return text;
  throw broken();
}

type Blocked = NonNullable<Extract<ReadReply, { outcome: 'read' }>['blocked']>;

function blockedReason(text: string): Blocked {
  switch (text) {
    case 'key_revoked':
    case 'key_disabled':
    case 'key_expired':
    case 'workspace_disabled':
    case 'account_suspended':
      return text;
    default:
      throw broken();
  }
}
