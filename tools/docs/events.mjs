import { readFileSync } from 'node:fs';

import { deadLetterTopic, topics } from '../../libs/contracts/dist/index.js';
import { code, table } from './markdown.mjs';
import { fieldsOf } from './wire-type.mjs';

const fixtures = new URL('../../libs/contracts/fixtures/', import.meta.url);

/** docs/events.md from the schemas and the golden examples. */
export function eventsPage() {
  const all = Object.values(topics);
  return [
    '# Events',
    '',
    'Generated from the schemas in `libs/contracts/src` by `node tools/docs/generate.mjs`; a test holds the two equal.',
    '',
    'Services tell each other facts, in the past tense, through a log. Everything of one key lies in one partition, in order; delivery is at least once, and a consumer makes its effect once by a unique key in its own transaction. The examples are golden: every later release must be able to read them.',
    '',
    ...table(
      ['topic', 'key', 'partitions', 'kept', 'events'],
      all.map((topic) => [
        `[${topic.name}](#${anchor(topic.name)})`,
        code(topic.key),
        String(topic.partitions),
        kept(topic.cleanup),
        Object.keys(topic.events).map(code).join(', '),
      ]),
    ),
    '',
    `Each topic has its dead letters, like \`${deadLetterTopic(topics.usage.name)}\`: original bytes, with error, origin and attempts in the headers; 12 partitions, 30 days.`,
    '',
    '## Envelope',
    '',
    'CloudEvents 1.0 in binary mode: the body is the event’s JSON, everything else stands in headers.',
    '',
    ...table(
      ['header', 'meaning'],
      [
        [code('ce_id'), 'unique; the same fact published again has the same id'],
        [code('ce_type'), 'the event’s type, as in the titles below'],
        [code('ce_source'), 'the service that says it'],
        [code('ce_time'), 'ISO 8601, milliseconds, UTC'],
        [code('traceparent'), 'W3C trace context, when there is one'],
      ],
    ),
    '',
    '## Wire types',
    '',
    ...table(
      ['type', 'on the wire'],
      [
        ['nano-USD', 'integer 10⁻⁹ USD as a decimal string, never a JSON number: `"12345"`'],
        ['femto-USD', 'integer 10⁻¹⁵ USD per unit as a decimal string'],
        ['instant', 'ISO 8601 with milliseconds in UTC: `"2026-11-22T17:30:00.125Z"`'],
        ['id `acc_…`', 'prefix and 26 Crockford base32 characters of a UUIDv7'],
        ['… or null', 'the key is always there'],
        ['… (optional)', 'the key may be missing; the default stands beside it'],
      ],
    ),
    '',
    ...all.flatMap((topic) => topicSection(topic)),
  ].join('\n');
}

function topicSection({ name, events }) {
  return [
    `## ${name}`,
    '',
    ...Object.entries(events).flatMap(([type, schema]) => [
      `### ${type}`,
      '',
      ...table(
        ['field', 'wire type'],
        fieldsOf(schema).map(({ path, type: wireType }) => [code(path), wireType]),
      ),
      '',
      '```json',
      readFileSync(new URL(`${name}/${type}.json`, fixtures), 'utf8').trimEnd(),
      '```',
      '',
    ]),
  ];
}

function kept(cleanup) {
  return cleanup.policy === 'compact' ? 'the last of each key' : `${cleanup.retentionDays} days`;
}

/** As GitHub makes it of a title. */
function anchor(title) {
  return title.toLowerCase().replaceAll(/[^\w -]/g, '');
}
