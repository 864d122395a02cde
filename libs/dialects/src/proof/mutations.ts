/** Random damage to documents and streams, the same again for the same seed. */

/** Mulberry32: small, and good enough to choose what to break. */
export class Dice {
  constructor(private state: number) {}

  /** From 0, below 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number below `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<Item>(items: readonly Item[], fallback: Item): Item {
    return items[this.below(items.length)] ?? fallback;
  }
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

/** Values that no reader may trust. */
const hostile: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  -0,
  2 ** 53,
  '',
  ' ',
  'text',
  '\ud800',
  '\u0000',
  'data:image/png;base64,',
  'data:image/png;base64,iVBORw0KGgo=',
  'https://example.com/a.png',
  'http://10.0.0.1/a.png',
  'apl1.e30',
  'x'.repeat(5000),
  '{"a":',
  [],
  [[]],
  [null],
  {},
  { type: 'text' },
  { type: 'nobody-knows' },
  { type: null },
  nested(70),
  nested(20),
];

/** Keys that mean something in some dialect, so that damage is not only damage to unknown members. */
const keys = (
  '__proto__ constructor type role content text name id index input arguments parts tool_calls call_id delta message ' +
  'usage choices model system messages tools output item stop reasoning thinking signature encrypted_content summary ' +
  'finish_reason stop_reason candidates finishReason usageMetadata error functionCall thoughtSignature'
).split(' ');

/** The document with one to four of its nodes replaced, removed, doubled or named otherwise. */
export function damagedDocument(document: unknown, dice: Dice): unknown {
  let damaged = document;
  const times = 1 + dice.below(4);
  for (let time = 0; time < times; time++) damaged = damagedNode(damaged, dice, 0);
  return damaged;
}

function damagedNode(node: unknown, dice: Dice, depth: number): unknown {
  const isDeep = depth > 12 || dice.next() < 0.15;
  if (isDeep || typeof node !== 'object' || node === null) return dice.pick(hostile, null);
  if (Array.isArray(node)) return damagedList(node, dice, depth);
  const entries = Object.entries(node);
  const place = dice.below(entries.length);
  const chosen = entries[place];
  if (chosen === undefined) return { [dice.pick(keys, 'x')]: dice.pick(hostile, null) };
  const [key, value] = chosen;
  const roll = dice.next();
  if (roll < 0.1) return objectOf(entries.toSpliced(place, 1));
  if (roll < 0.2) return objectOf(entries.toSpliced(place, 1, [dice.pick(keys, 'x'), value]));
  if (roll < 0.3) return objectOf([...entries, [dice.pick(keys, 'x'), dice.pick(hostile, null)]]);
  return objectOf(entries.toSpliced(place, 1, [key, damagedNode(value, dice, depth + 1)]));
}

function damagedList(list: readonly unknown[], dice: Dice, depth: number): unknown[] {
  const place = dice.below(Math.max(1, list.length));
  const roll = dice.next();
  if (list.length === 0 || roll < 0.1) return [...list, dice.pick(hostile, null)];
  if (roll < 0.2) return list.toSpliced(place, 1);
  if (roll < 0.3) return [...list, ...list];
  return list.toSpliced(place, 1, damagedNode(list[place], dice, depth + 1));
}

/** `__proto__` as a member of its own, as JSON.parse makes it. */
function objectOf(entries: readonly (readonly [string, unknown])[]): object {
  const made = {};
  for (const [key, value] of entries) {
    Object.defineProperty(made, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return made;
}

/** The bytes with one to six of them changed, taken out, put in, doubled or cut off. */
export function damagedBytes(bytes: Buffer, dice: Dice): Buffer {
  let damaged = bytes;
  const times = 1 + dice.below(6);
  for (let time = 0; time < times; time++) {
    const at = dice.below(damaged.length + 1);
    const length = 1 + dice.below(dice.next() < 0.8 ? 4 : 400);
    const before = damaged.subarray(0, at);
    const behind = damaged.subarray(Math.min(at + length, damaged.length));
    const roll = dice.next();
    if (roll < 0.4) damaged = Buffer.concat([before, randomBytes(length, dice), behind]);
    else if (roll < 0.6) damaged = Buffer.concat([before, behind]);
    else if (roll < 0.8) damaged = Buffer.concat([before, randomBytes(length, dice), damaged.subarray(at)]);
    else if (roll < 0.95) damaged = Buffer.concat([before, damaged.subarray(at, at + length), damaged.subarray(at)]);
    else damaged = Buffer.from(before);
  }
  return damaged;
}

/** Mostly bytes that JSON and event streams are made of. */
const common = Buffer.from('{}[]":,\\\n\r 019eE.-truefalsn\u0000data: event: ');

function randomBytes(length: number, dice: Dice): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at++) {
    bytes[at] = dice.next() < 0.8 ? (common[dice.below(common.length)] ?? 0) : dice.below(256);
  }
  return bytes;
}

/** The stream with events damaged, lost, doubled or in another order, or with damage to its bytes. */
export function damagedStream(bytes: Buffer, dice: Dice): Buffer {
  if (dice.next() < 0.3) return damagedBytes(bytes, dice);
  let events = bytes.toString().split(/\r?\n\r?\n/);
  const times = 1 + dice.below(3);
  for (let time = 0; time < times; time++) {
    const place = dice.below(events.length);
    const event = events[place] ?? '';
    const roll = dice.next();
    if (roll < 0.2) events = events.toSpliced(place, 1);
    else if (roll < 0.35) events = events.toSpliced(place, 0, event);
    else if (roll < 0.5) events = events.toSpliced(place, 1).toSpliced(dice.below(events.length), 0, event);
    else events = events.toSpliced(place, 1, damagedEvent(event, dice));
  }
  return Buffer.from(events.join('\n\n'));
}

function damagedEvent(event: string, dice: Dice): string {
  const at = event.indexOf('data: {');
  if (at < 0) return event;
  const document: unknown = JSON.parse(event.slice(at + 'data: '.length));
  return `${event.slice(0, at)}data: ${JSON.stringify(damagedDocument(document, dice))}`;
}
