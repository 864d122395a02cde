import { errorCatalogue, errorType, googleStatus } from '../../libs/contracts/dist/index.js';
import { table, text } from './markdown.mjs';

const statusWords = {
  400: 'the request is wrong',
  401: 'the key',
  402: 'money',
  403: 'not allowed',
  404: 'not there',
  405: 'wrong method',
  408: 'too slow',
  409: 'in conflict',
  413: 'too large',
  415: 'wrong form',
  422: 'not the same request',
  429: 'too much',
  500: 'our fault',
  502: 'the provider’s fault',
  503: 'not now',
  504: 'the provider is silent',
};

/** docs/errors.md from the catalogue. */
export function errorsPage() {
  const entries = Object.entries(errorCatalogue);
  const statuses = [...new Set(entries.map(([, { status }]) => status))].toSorted((a, b) => a - b);
  return [
    '# Errors',
    '',
    'Generated from the catalogue in `libs/contracts/src/errors.ts` by `node tools/docs/generate.mjs`; a test holds the two equal.',
    '',
    'Every error has this form, but for the paths of another vendor’s dialect (below). `code` is stable and made for programs, `message` for people; `param` names what is wrong with the request. `metadata.request_id` (also in `x-request-id`) is what we need to look an error up.',
    '',
    '```json',
    JSON.stringify(
      {
        error: {
          message: 'The model "acme/none" does not exist.',
          type: 'not_found_error',
          param: null,
          code: 'model_not_found',
          metadata: { error_type: 'model_not_found', request_id: 'req_…' },
        },
      },
      null,
      2,
    ),
    '```',
    '',
    'An answer that may succeed later carries `retry-after` (whole seconds, jittered, at most 60) and `retry-after-ms`; every other one carries `x-should-retry: false`. An error after the first byte of a stream comes as `data: {"error": …}` with the status as its numeric `code`, then the connection closes without `[DONE]`.',
    '',
    ...forms(),
    ...statuses.flatMap((status) => [
      `## ${status} – ${statusWords[status] ?? 'error'}`,
      '',
      ...table(
        ['code', 'type', 'Anthropic’s type', 'Google’s status', 'message', 'what to do', 'retry'],
        entries
          .filter(([, definition]) => definition.status === status)
          .map(([code, { type, message, remedy, retryable }]) => [
            `\`${code}\``,
            `\`${type}\``,
            `\`${errorType(code, 'anthropic')}\``,
            `\`${googleStatus(code)}\``,
            text(message),
            text(remedy),
            retryable ? 'later' : 'no',
          ]),
      ),
      '',
    ]),
  ].join('\n');
}

/** Who reads which form. */
function forms() {
  return [
    '## Forms',
    '',
    'The form hangs on the path alone, also where there is nothing at it. `metadata.error_type` is the catalogue’s code in every form that has room for it.',
    '',
    ...table(
      ['path', 'form', 'an exhausted balance or cap'],
      [
        ['`/v1/*`', 'OpenAI’s: as above', '402, `code` as below'],
        [
          '`/v1/responses*`',
          'OpenAI’s',
          '429 with `code: "insufficient_quota"`, `x-should-retry: false` and no `retry-after`: Codex would send a 402 five times',
        ],
        [
          '`/v1/messages*`, `/api/v1/messages*`',
          'Anthropic’s: `{"type":"error","error":{"type","message"},"request_id"}`',
          '402, `billing_error`',
        ],
        ['`/api/v1/*`', 'OpenRouter’s: `error.code` is the status, a number', '402; 429 on `/api/v1/responses`'],
        [
          '`/v1beta/*`',
          'Google’s: `{"error":{"code","message","status","details"}}`, `code` is the status',
          '402, `RESOURCE_EXHAUSTED`',
        ],
      ],
    ),
    '',
    'Anthropic’s clients know a full context by its words alone, so `context_length_exceeded` says there: `prompt is too long: N tokens > M maximum`. A broken chat stream below `/api/v1` ends with a whole chunk that carries `error` and `finish_reason: "error"`.',
    '',
  ];
}
