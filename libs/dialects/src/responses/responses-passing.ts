import type { AnswerStream, WholeAnswer } from '../call/answer-stream.js';
import { noAnswer } from '../call/answer-stream.js';
import type { CallFace, CallFacts, CallRequest, CallSource, CallTarget } from '../call/call.js';
import { invariant } from '../call/invariant.js';
import type { ToldStream } from '../call/told-stream.js';
import type { RequestMembers } from '../request/request-members.js';
import { isRecord, parsedJson } from '../json/records.js';
import { skipSpace } from '../json/json-bytes.js';
import { estimateTokens } from '../tokens/token-estimator.js';
import type { PassingCall, PassingReading } from '../turn/turn-dialect.js';
import type { TurnAnswer } from '../turn/turn-answer.js';
import { machineSeconds } from './machine-clock.js';
import { PassedResponse, type PassedRequest } from './passed-response.js';
import { readResponsesAnswer } from './read-responses-answer.js';
import { readResponsesRequest } from './read-responses-request.js';
import { ResponsesPassingStream } from './responses-passing-stream.js';
import { spliceResponsesRequest } from './responses-splices.js';

/** A request of Responses on its way to an endpoint that speaks Responses: its bytes pass, and those of the answer. */
class ResponsesPassing implements PassingCall {
  constructor(
    private readonly body: Buffer,
    private readonly members: RequestMembers,
    readonly facts: CallFacts,
    private readonly kept: Omit<PassedRequest, 'body'>,
  ) {}

  request({ model, maxTokens }: CallTarget): CallRequest {
    // Who goes on from a kept answer needs its hidden reasoning; only models that were asked to reason can give it.
    const keepsReasoning = this.kept.store && this.members.byKey.has('reasoning');
    const changes = { model, maxTokens, keepsReasoning };
    const body = spliceResponsesRequest(this.body, this.members, changes);
    return { body, contentType: 'application/json', headers: [] };
  }

  openStream(target: CallTarget, face: CallFace, told: ToldStream): AnswerStream {
    return new ResponsesPassingStream(this.response(face), told, target.traits);
  }

  readAnswer(body: Buffer, target: CallTarget, face: CallFace): WholeAnswer {
    const document = parsedJson(body.toString());
    const reading = isRecord(document) ? readResponsesAnswer(document, target.traits) : null;
    if (reading === null || !isRecord(document)) return { ...noAnswer, write: unwritable };
    if ('failure' in reading) return { ...noAnswer, failure: reading.failure, write: unwritable };
    const { answer } = reading;
    const [choice] = answer.choices;
    const { usage, problem, serviceTier } = answer.usage;
    const status = document['status'] === 'incomplete' ? 'incomplete' : 'completed';
    const hasOutput = (choice?.parts.length ?? 0) > 0 || (usage?.output ?? 0) > 0;
    return {
      isAnswer: true,
      failure: null,
      usage,
      usageProblem: problem,
      finishReason: choice?.reason ?? null,
      isEmpty: !hasOutput && (choice?.reason ?? null) === null,
      get outputTokens() {
        return countedTokens(answer);
      },
      serviceTier,
      write: (closing, keptUsage) => ({
        contentType: 'application/json',
        body: this.response(face).closed(
          body,
          { start: skipSpace(body, 0), end: body.length },
          { closing, keptUsage, id: null, items: [], status },
        ),
      }),
    };
  }

  private response(face: CallFace): PassedResponse {
    return new PassedResponse(face, { body: this.body, ...this.kept });
  }
}

const unwritable = () => invariant('what is no answer cannot be written');

function countedTokens({ choices }: TurnAnswer): number {
  let text = '';
  for (const part of choices.flatMap(({ parts }) => parts)) {
    if (part.type === 'text' || part.type === 'refusal') text += part.text;
    else if (part.type === 'reasoning') text += part.text + part.summaries.join('');
    else if (part.type === 'tool_call') text += part.name + part.input;
  }
  return text === '' ? 0 : Math.ceil(estimateTokens(text));
}

/** Reads a request of Responses from its bytes: nothing is built of it whatever its size. */
export function readResponsesPassing(source: CallSource): PassingReading {
  const { body, random, replayedResponseId, nowSeconds = machineSeconds } = source;
  const previousResponseId = replayedResponseId ?? null;
  const reading = readResponsesRequest(body, random, previousResponseId !== null);
  if ('problem' in reading) return reading;
  const { members, facts, store } = reading;
  return { passing: new ResponsesPassing(body, members, facts, { store, previousResponseId, nowSeconds }) };
}
