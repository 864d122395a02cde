import { parsedJson } from '../json/records.js';
import type { CallReading, CallSource } from '../call/call.js';
import { ParameterReader } from '../request/parameter-reader.js';
import { requestMembers, type RequestMembers } from '../request/request-members.js';
import { removals } from '../json/removals.js';
import { piecesWith, type ByteEdit } from '../json/byte-edits.js';
import type { MemberRange } from '../json/scan-document.js';
import { PromptEstimator } from '../tokens/prompt-estimator.js';
import { gatewayKeys } from '../request/gateway-keys.js';
import type { CallerFacts } from './passed-facts.js';

export const MODEL_CHARACTERS_MAX = 200;
const FALLBACK_MODELS_MAX = 16;

/** A request in JSON, by its top-level members. */
export class RequestDocument {
  readonly parameters: ParameterReader;

  constructor(
    readonly body: Buffer,
    private readonly members: RequestMembers,
  ) {
    this.parameters = new ParameterReader(body, members.byKey);
  }

  member(key: string): MemberRange | null {
    return this.members.byKey.get(key) ?? null;
  }

  /** The parsed value, whatever its size; undefined when absent, null, or broken inside of a string. */
  value(key: string): unknown {
    const member = this.member(key);
    if (member === null) return undefined;
    return parsedJson(this.body.toString('utf8', member.valueStart, member.end)) ?? undefined;
  }

  /** The body for an endpoint: its name of the model, without the gateway's own parameters; every other byte stays. */
  withModel(model: string): Buffer[] {
    const { body, members } = this;
    const member = this.member('model');
    const dropped = new Set(gatewayKeys.flatMap((key) => this.member(key) ?? []));
    const edits: ByteEdit[] = removals(members.all, dropped);
    if (member !== null) {
      edits.push({ start: member.valueStart, end: member.end, bytes: Buffer.from(JSON.stringify(model)) });
    }
    return piecesWith(body, { start: 0, end: body.length }, edits);
  }
}

/** What the caller says of itself and of routing, beside the work. */
export function callerFacts({ parameters }: RequestDocument): CallerFacts {
  return {
    endUser: parameters.text256('user'),
    session: parameters.text256('session_id'),
    models: parameters.texts('models', FALLBACK_MODELS_MAX),
    provider: parameters.value('provider'),
  };
}

/**
 * Reads a call out of a document. The document is checked by the grammar of JSON, its depth and its keys, and nothing is
 * built of it; the texts that `read` looks at are checked as it does.
 */
export function readDocumentCall(
  { body, random }: CallSource,
  read: (document: RequestDocument) => CallReading,
): CallReading {
  // What of it is prompt is known to each dialect.
  const members = requestMembers(body, new PromptEstimator(body, everyKey, random));
  if ('problem' in members) return members;
  try {
    return read(new RequestDocument(body, members));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const detail = 'a control character or a broken escape in a string';
    return { problem: { code: 'invalid_json', param: null, detail, limit: null } };
  }
}

const everyKey = (): boolean => true;
