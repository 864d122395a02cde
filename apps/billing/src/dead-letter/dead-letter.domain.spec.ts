import { describe, expect, it } from '@jest/globals';

import { deadLetterIdOf, parseDeadLetterId } from './dead-letter.domain.js';

describe('the id of a dead letter', () => {
  it('says where it stands', () => {
    const place = { topic: 'apilink.usage.v1.dlq', partition: 7, offset: 12n };
    expect(deadLetterIdOf(place)).toBe('apilink.usage.v1.dlq/7/12');
    expect(parseDeadLetterId('apilink.usage.v1.dlq/7/12')).toEqual(place);
  });

  it.each(['', 'apilink.usage.v1.dlq', 'a/1', 'a/b/1', 'a/01/1', 'a/1/-1', "a'/1/1", `a/1/${'9'.repeat(30)}`])(
    'is not %j',
    (text) => expect(parseDeadLetterId(text)).toBeNull(),
  );
});
