import type { CallFace } from '../call/call.js';
import type { ToldStream } from '../call/told-stream.js';
import { resourceText, responseIdOf, type ResourceState } from './responses-resource.js';

/** One event; `members` is JSON without braces. The sequence number is of the whole stream, whichever attempt tells it. */
export function responsesEvent(told: ToldStream, type: string, members: string): string {
  const sequence = told.nextSequence++;
  const rest = members === '' ? '' : `,${members}`;
  return `event: ${type}\ndata: {"type":"${type}"${rest},"sequence_number":${sequence}}\n\n`;
}

export function keepAliveEvent(told: ToldStream): string {
  return responsesEvent(told, 'keepalive', '');
}

/** The two events in front of all others; nothing when the client has them already. */
export function openingEvents(told: ToldStream, face: CallFace, echo: string): string {
  if (told.isOpened) return '';
  told.isOpened = true;
  told.id ??= responseIdOf(face);
  const response = `"response":${resourceText(echo, runningState(told.id, face))}`;
  return responsesEvent(told, 'response.created', response) + responsesEvent(told, 'response.in_progress', response);
}

export function runningState(id: string, { model, standIn }: CallFace): ResourceState {
  return {
    id,
    createdSeconds: standIn.createdSeconds,
    model,
    status: 'in_progress',
    completedSeconds: null,
    serviceTier: null,
    incompleteReason: null,
    error: null,
    output: [],
    usage: null,
  };
}
