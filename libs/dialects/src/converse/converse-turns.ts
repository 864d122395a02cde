import type { UpstreamTurns } from '../turn/turn-dialect.js';
import { ConverseStreamReader } from './converse-stream-reader.js';
import { readConverseAnswer } from './read-converse-answer.js';
import { writeConverseRequest } from './write-converse-request.js';

/** Amazon Bedrock's Converse, in which its models of all vendors can be asked. */
export const converseTurns: UpstreamTurns = {
  name: 'converse',
  writeRequest: writeConverseRequest,
  openReader: () => new ConverseStreamReader(),
  readAnswer: readConverseAnswer,
};
