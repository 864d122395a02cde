/** How a stream's connection ended: a whole body, or cut off. */
export type StreamEnd = 'whole' | 'reset';

/** One event as a client's parser sees it. */
export interface ToldEvent {
  /** Counts from 0, comments left out. */
  readonly place: number;
  readonly name: string | null;
  /** Of the data lines, joined. */
  readonly text: string;
  /** The parsed data; null when it is no JSON object. */
  readonly data: Readonly<Record<string, unknown>> | null;
}

export interface ToldStreamReading {
  readonly events: readonly ToldEvent[];
  readonly violations: string[];
}

/**
 * Cuts what a client got into events, by the standard and by nothing of our own code (HTML Living Standard, 9.2.6). Notes what
 * is wrong with any dialect: bytes that are no UTF-8, an event without its end, a line that is no field.
 */
export function toldEvents(bytes: Buffer, end: StreamEnd): ToldStreamReading {
  const violations: string[] = [];
  const text = decoded(bytes, end, violations);
  const blocks = text.split(/\r\n\r\n|\n\n|\r\r/);
  const rest = blocks.pop() ?? '';
  if (rest !== '' && end === 'whole') violations.push('the last event has no blank line behind it');
  const events: ToldEvent[] = [];
  for (const block of blocks) {
    const event = readBlock(block, events.length, violations);
    if (event !== null) events.push(event);
  }
  return { events, violations };
}

/** A stream that was cut off may end within a character. */
function decoded(bytes: Buffer, end: StreamEnd, violations: string[]): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: end === 'reset' });
  } catch {
    violations.push('the stream is no UTF-8');
    return bytes.toString();
  }
}

function readBlock(block: string, place: number, violations: string[]): ToldEvent | null {
  let name: string | null = null;
  const lines: string[] = [];
  for (const line of block.split(/\r\n|\n|\r/)) {
    if (line === '' || line.startsWith(':')) continue;
    const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (field === 'event') name = value;
    else if (field === 'data') lines.push(value);
    else if (field !== 'id' && field !== 'retry') violations.push(`event ${place}: the line ${JSON.stringify(line)}`);
  }
  if (lines.length === 0) {
    if (name !== null) violations.push(`event ${place}: a name without data`);
    return null;
  }
  const text = lines.join('\n');
  return { place, name, text, data: parsed(text) };
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
