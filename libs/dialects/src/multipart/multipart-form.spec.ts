import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, property, string, uint8Array } from 'fast-check';

import { FormRequest, readFormRequest } from './form-request.js';
import { sampleForm } from './form-sample.js';
import { formBoundary, readForm } from './multipart-form.js';

const contentType = 'multipart/form-data; boundary=x-boundary-x';
const formOf = (body: Buffer): FormRequest => {
  const reading = readFormRequest({ body, headers: { 'content-type': contentType }, path: '/', random: () => 0 });
  if ('problem' in reading) throw new Error(reading.problem.detail);
  return reading.form;
};

describe('a form', () => {
  it.each([
    ['multipart/form-data; boundary=abc', 'abc'],
    ['Multipart/Form-Data;boundary="a b:c"; charset=utf-8', 'a b:c'],
    ['multipart/form-data', null],
    ['multipart/form-data; boundary=', null],
    [`multipart/form-data; boundary=${'x'.repeat(71)}`, null],
    ['multipart/mixed; boundary=abc', null],
    ['application/json', null],
    [undefined, null],
  ])('finds the boundary of %s', (type, boundary) => {
    expect(formBoundary(type)).toBe(boundary);
  });

  it('changes the model and takes the gateway’s own fields out, and every byte of a file passes', () => {
    const file = Buffer.from([0, 13, 10, 45, 45, 255, 13, 10, 45, 45, 120, 45]);
    const body = sampleForm([
      { name: 'session_id', content: 's' },
      { name: 'file', filename: 'a"b.wav', content: file },
      { name: 'model', content: 'acme/one' },
      { name: 'provider', content: '{}' },
      { name: 'language', content: 'zh' },
    ]);
    const sent = Buffer.concat(formOf(body).withModel('upstream-one').body);
    const reread = formOf(sent);
    expect(reread.parts.map(({ name }) => name)).toEqual(['file', 'model', 'language']);
    expect(reread.parameters.text('model')).toBe('upstream-one');
    expect(reread.files('file').map((part) => reread.contentOf(part))).toEqual([file]);
    expect(sent.toString('latin1').startsWith('--x-boundary-x\r\n')).toBe(true);
  });

  it('finds files of a list under any of its names', () => {
    const body = sampleForm(
      ['image', 'image[]', 'image[1]', 'imagery'].map((name) => ({ name, filename: 'p.png', content: 'x' })),
    );
    expect(
      formOf(body)
        .files('image')
        .map(({ name }) => name),
    ).toEqual(['image', 'image[]', 'image[1]']);
  });

  it.each([
    ['no delimiter at all', 'hello'],
    ['an end that is cut off', '--x-boundary-x\r\nContent-Disposition: form-data; name="a"\r\n\r\nvalue'],
    ['a head that does not end', '--x-boundary-x\r\nContent-Disposition: form-data; name="a"\r\n--x-boundary-x--'],
    ['a part without a name', '--x-boundary-x\r\nContent-Disposition: form-data\r\n\r\nv\r\n--x-boundary-x--'],
    ['a part without a head', '--x-boundary-x\r\n\r\nv\r\n--x-boundary-x--'],
    ['text behind a delimiter', '--x-boundary-xyz\r\n\r\nv\r\n--x-boundary-x--'],
    [
      'an encoding of its own',
      '--x-boundary-x\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\nv\r\n--x-boundary-x--',
    ],
    ['an endless head', `--x-boundary-x\r\n${'a: b\r\n'.repeat(3000)}\r\nv\r\n--x-boundary-x--`],
  ])('refuses %s, and says what is wrong', (_what, text) => {
    const reading = readForm(Buffer.from(text), 'x-boundary-x');
    expect('problem' in reading && reading.problem).toMatchObject({ code: 'invalid_parameter', param: 'body' });
  });

  it('refuses a field that comes twice, since one of them would be obeyed silently', () => {
    const form = formOf(sampleForm(['one', 'two'].map((content) => ({ name: 'model', content }))));
    expect(form.parameters.problem).toMatchObject({ code: 'duplicate_key', param: 'model' });
  });

  it('gives back the parts of any form, whatever its files have in them', () => {
    const part = array(constantFrom(13, 10, 45, 120, 0, 255), { maxLength: 40 }).map((bytes) => Buffer.from(bytes));
    assert(
      property(array(part, { minLength: 1, maxLength: 5 }), (contents) => {
        const body = sampleForm(contents.map((content, index) => ({ name: `f${index}`, filename: 'f', content })));
        const reading = readForm(body, 'x-boundary-x');
        const parts = 'parts' in reading ? reading.parts : [];
        expect(parts.map(({ content }) => body.subarray(content.start, content.end))).toEqual(contents);
      }),
    );
  });

  it('never throws, whatever comes', () => {
    assert(
      property(uint8Array({ maxLength: 200 }), string({ minLength: 1, maxLength: 70 }), (bytes, boundary) => {
        expect(readForm(Buffer.from(bytes), boundary)).toBeDefined();
        expect(readForm(Buffer.concat([Buffer.from(`--${boundary}\r\n`), bytes]), boundary)).toBeDefined();
      }),
    );
  });
});
