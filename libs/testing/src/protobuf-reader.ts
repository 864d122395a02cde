/** One field of a protobuf message: a number for varints and fixed widths, bytes for all that has a length. */
export interface ProtobufField {
  readonly number: number;
  readonly value: bigint | Buffer;
}

/** The fields of a message on the wire, in their order. Source: protobuf.dev, "Encoding". Throws on what it cannot be. */
export function readProtobuf(bytes: Buffer): readonly ProtobufField[] {
  const fields: ProtobufField[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return value;
    }
    throw new Error('a varint is longer than ten bytes');
  };
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new Error('a field is longer than its message');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = tag >>> 3;
    switch (tag & 7) {
      case 0:
        fields.push({ number, value: varint() });
        break;
      case 1:
        fields.push({ number, value: take(8).readBigUInt64LE() });
        break;
      case 2:
        fields.push({ number, value: take(Number(varint())) });
        break;
      case 5:
        fields.push({ number, value: BigInt(take(4).readUInt32LE()) });
        break;
      default:
        throw new Error(`field ${number} has a wire type that nobody writes any more`);
    }
  }
  return fields;
}

/** The sub-messages (or strings, or byte sequences) of one field. */
export function protobufBytes(fields: readonly ProtobufField[], number: number): readonly Buffer[] {
  return fields.flatMap((field) => (field.number === number && Buffer.isBuffer(field.value) ? [field.value] : []));
}

/** The last number of one field; null when it is absent. */
export function protobufNumber(fields: readonly ProtobufField[], number: number): bigint | null {
  const value = fields.findLast((field) => field.number === number)?.value;
  return typeof value === 'bigint' ? value : null;
}
