import { encodeWireId, generationIdSchema } from '@apilink/contracts';
import { describe, expect, it } from '@jest/globals';

import { newGenerationId } from './wire-id.domain.js';

describe('generation ids', () => {
  it('have one meaning in both forms', () => {
    for (const byte of [0, 1, 127, 128, 255]) {
      const made = newGenerationId(1_795_000_000_123, new Uint8Array(10).fill(byte));
      expect(encodeWireId('gen', made.id)).toBe(made.wire);
      expect(generationIdSchema.parse(made.wire)).toBe(made.id);
    }
  });

  it('sort by time', () => {
    const random = new Uint8Array(10).fill(255);
    expect(newGenerationId(1_795_000_000_000, random).wire < newGenerationId(1_795_000_000_001, random).wire).toBe(
      true,
    );
  });
});
