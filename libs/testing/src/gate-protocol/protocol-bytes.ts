/** States are kept as bytes: millions of them fit, and two of them are equal when their bytes are. */
export class ByteWriter {
  at = 0;

  constructor(readonly bytes: Uint8Array) {}

  number(value: number): void {
    this.bytes[this.at++] = value;
  }

  flag(value: boolean): void {
    this.bytes[this.at++] = value ? 1 : 0;
  }

  optional(value: number | null): void {
    this.bytes[this.at++] = value === null ? 0 : value + 1;
  }

  oneOf<Value>(values: readonly Value[], value: Value): void {
    this.bytes[this.at++] = values.indexOf(value);
  }
}

export class ByteReader {
  at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  number(): number {
    return this.bytes[this.at++] ?? 0;
  }

  flag(): boolean {
    return this.bytes[this.at++] === 1;
  }

  optional(): number | null {
    const value = this.number();
    return value === 0 ? null : value - 1;
  }

  oneOf<Value>(values: readonly Value[]): Value {
    const value = values[this.number()];
    if (value === undefined) throw new Error('these bytes are no state');
    return value;
  }
}
