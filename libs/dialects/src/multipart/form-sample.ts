/** Parts of a form, as tests write them. */
export interface SamplePart {
  readonly name: string;
  readonly filename?: string;
  readonly content: Buffer | string;
}

/** A form as clients send it. */
export function sampleForm(parts: readonly SamplePart[], boundary = 'x-boundary-x'): Buffer {
  const pieces = parts.flatMap(({ name, filename, content }) => [
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}\r\n${
        filename === undefined ? '' : 'Content-Type: application/octet-stream\r\n'
      }\r\n`,
    ),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]);
}
