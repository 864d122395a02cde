import { describe, expect, it } from '@jest/globals';

import { editMembers, type MemberEdit } from './member-edits.js';

function edited(document: string, edits: Record<string, MemberEdit>, added: string[] = []): string {
  return Buffer.concat(editMembers(Buffer.from(document), ({ key }) => edits[key] ?? null, added)).toString();
}

describe('editMembers', () => {
  it('keeps every byte of values that are not edited', () => {
    const document = ' { "big" : 12345678901234567890.10 , "text":"\\u00e9 ,}" , "list" : [ 1 , {"a": 2} ] } ';
    expect(edited(document, {})).toBe(
      '{"big" : 12345678901234567890.10,"text":"\\u00e9 ,}","list" : [ 1 , {"a": 2} ]}',
    );
  });

  it.each([
    ['first', '{"first":1,"b":2,"c":3}', '{"b":2,"c":3}'],
    ['last', '{"a":1,"b":2,"last":3}', '{"a":1,"b":2}'],
    ['only', '{"only":1}', '{}'],
  ])('takes out the %s member with its comma', (key, document, left) => {
    expect(edited(document, { [key]: 'drop' })).toBe(left);
  });

  it('renames, replaces and adds, also where nothing else is left', () => {
    expect(edited('{"seed":1.0,"b":{"c":1}}', { seed: { key: 'random_seed' }, b: { value: '2' } })).toBe(
      '{"random_seed":1.0,"b":2}',
    );
    expect(edited('{"a":1}', { a: 'drop' }, ['"n":2'])).toBe('{"n":2}');
    expect(edited('{}', {}, ['"n":2', '"m":3'])).toBe('{"n":2,"m":3}');
  });
});
