import { encodeWireId, generationIdSchema } from '@apilink/contracts';
import { describe, expect, it } from '@jest/globals';

import { IdSource } from './wire-id.domain.js';

const source = (nowMs: number, byte: number): IdSource =>
  new IdSource(
    () => nowMs,
    (bytes) => void bytes.fill(byte),
  );

describe('generation ids', () => {
  it('have one meaning in both forms', () => {
    for (const byte of [0, 1, 127, 128, 255]) {
      const made = source(1_795_000_000_123, byte).generation();
      expect(encodeWireId('gen', made.id)).toBe(made.wire);
      expect(generationIdSchema.parse(made.wire)).toBe(made.id);
    }
  });

  it('sort by time', () => {
    const [earlier, later] = [source(1_795_000_000_000, 255), source(1_795_000_000_001, 0)];
    expect(earlier.generation().wire < later.generation().wire).toBe(true);
  });

  it('never take the same random bytes twice', () => {
    let state = 1;
    const counting = new IdSource(
      () => 0,
      (bytes) => {
        for (let index = 0; index < bytes.length; index++) {
          state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
          bytes[index] = state >>> 24;
        }
      },
    );
    const ids = new Set(Array.from({ length: 1000 }, () => counting.event()));
    expect(ids.size).toBe(1000);
  });
});
