import { parsedJson, isRecord } from '../json/records.js';
import type { AnswerClosing } from '../call/answer-closing.js';
import type { AnswerStream, WholeAnswer, WrittenAnswer } from '../call/answer-stream.js';
import type {
  Call,
  CallFace,
  CallFacts,
  CallReading,
  CallRequest,
  CallSource,
  CallTarget,
  StreamError,
  UpstreamDialect,
} from '../call/call.js';
import { unsupported, type RequestProblem } from '../call/request-problem.js';
import { invariant } from '../call/invariant.js';
import { ToldStream } from '../call/told-stream.js';
import { TranslatedStream } from './translated-stream.js';
import { readTranslatedAnswer } from './translated-answer.js';
import type { ClientDialect, PassingCall, TurnFace, UpstreamTurns } from './turn-dialect.js';
import type { JsonRecord, TurnReading, TurnRequest, TurnTarget, TurnWriting } from './turn-request.js';

interface ReadTurn {
  readonly turn: TurnRequest;
  readonly document: JsonRecord;
}

/** A client's call for one turn of a model: passed on where the endpoint speaks its dialect, else translated. */
class TurnCall implements Call {
  readonly spoken: readonly UpstreamDialect[];
  private readonly told = new ToldStream();
  private read: ReadTurn | { readonly problem: RequestProblem } | null = null;

  constructor(
    private readonly source: CallSource,
    private readonly client: ClientDialect,
    private readonly upstreams: readonly UpstreamTurns[],
    private readonly passing: PassingCall,
  ) {
    this.spoken = [client.name, ...upstreams.map(({ name }) => name).filter((name) => name !== client.name)];
  }

  get facts(): CallFacts {
    return this.passing.facts;
  }

  problemFor(dialect: UpstreamDialect): RequestProblem | null {
    if (dialect === this.client.name) return null;
    const read = this.turn();
    if ('problem' in read) return read.problem;
    const writing = this.upstream(dialect).writeRequest(read.turn, anyTarget);
    return 'problem' in writing ? writing.problem : null;
  }

  request(target: CallTarget): CallRequest {
    if (target.dialect === this.client.name) return this.passing.request(target);
    const { turn } = this.translated();
    const { model, maxTokens, maxOutputTokens, traits } = target;
    const { maxTokensKey, reasoningKey = null } = traits;
    const upstream = this.upstream(target.dialect);
    const writing = upstream.writeRequest(turn, { model, maxTokens, maxOutputTokens, maxTokensKey, reasoningKey });
    const body = [Buffer.from(JSON.stringify(bodyOf(writing)))];
    return { body, contentType: 'application/json', headers: [] };
  }

  openStream(target: CallTarget, face: CallFace): AnswerStream {
    const stream = this.openPlain(target, face);
    return this.client.shownStream?.(stream, face) ?? stream;
  }

  private openPlain(target: CallTarget, face: CallFace): AnswerStream {
    if (target.dialect === this.client.name) return this.passing.openStream(target, face, this.told);
    const reader = this.upstream(target.dialect).openReader(target.traits);
    return new TranslatedStream(reader, this.client.openWriter(this.turnFace(face), this.told));
  }

  readAnswer(body: Buffer, target: CallTarget, face: CallFace): WholeAnswer {
    if (target.dialect === this.client.name) return this.passing.readAnswer(body, target, face);
    const upstream = this.upstream(target.dialect);
    const read = (document: JsonRecord) => upstream.readAnswer(document, target.traits);
    return readTranslatedAnswer(body, read, (answer, closing) =>
      this.client.writeAnswer(answer, closing, this.turnFace(face)),
    );
  }

  keepAlive(face: CallFace): Buffer {
    return this.client.keepAlive(face, this.told);
  }

  brokenStream(error: StreamError, face: CallFace): Buffer {
    return this.client.brokenStream(error, face, this.told);
  }

  exhausted(closing: AnswerClosing, face: CallFace): WrittenAnswer {
    return this.client.exhausted(closing, face, this.facts);
  }

  private turnFace(face: CallFace): TurnFace {
    return { ...face, ...this.translated() };
  }

  private upstream(dialect: UpstreamDialect): UpstreamTurns {
    const found = this.upstreams.find(({ name }) => name === dialect);
    if (found === undefined) invariant(`a turn cannot be said in ${dialect}`);
    return found;
  }

  private translated(): ReadTurn {
    const read = this.turn();
    if ('problem' in read) invariant(`the request was refused before: ${read.problem.detail}`);
    return read;
  }

  /** Read once, and only when some endpoint speaks another dialect. */
  private turn(): ReadTurn | { readonly problem: RequestProblem } {
    this.read ??= readTurn(this.client, this.source);
    return this.read;
  }
}

/** Whether a request can be said does not hang on the endpoint's names and limits. */
const anyTarget: TurnTarget = { model: '', maxTokens: null, maxOutputTokens: 1, maxTokensKey: null };

function readTurn(client: ClientDialect, source: CallSource): ReadTurn | { readonly problem: RequestProblem } {
  const document = parsedJson(source.body.toString());
  if (!isRecord(document)) return { problem: unsupported('body', 'it is no object') };
  const reading: TurnReading = client.readTurn(document, source);
  return 'problem' in reading ? reading : { turn: reading.turn, document };
}

function bodyOf(writing: TurnWriting): JsonRecord {
  if ('problem' in writing) invariant(`the request was refused before: ${writing.problem.detail}`);
  return writing.body;
}

/** A reader of calls in `client`, which endpoints of all of `upstreams` may answer. */
export function readTurnCall(
  source: CallSource,
  client: ClientDialect,
  upstreams: readonly UpstreamTurns[],
): CallReading {
  const reading = client.read(source);
  return 'problem' in reading ? reading : { call: new TurnCall(source, client, upstreams, reading.passing) };
}
