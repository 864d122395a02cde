import { describe, expect, it } from '@jest/globals';

import { newClusterId } from './kafka-server.js';

describe('the id of a Kafka cluster', () => {
  it('never begins with a dash, which its programs take for an option', () => {
    for (let first = 0; first < 256; first++) {
      const id = newClusterId(Buffer.alloc(16, first));
      expect(id).toMatch(/^[A-Za-f][\w-]{21}$/);
    }
  });
});
