/** Result metadata as Java's DataOutputStream writes it: row count, field count, and four strings a field. */
export function resultMetadata(rowCount: bigint, fields: readonly { name: string; type: string }[]): Buffer {
  const head = Buffer.alloc(12)
  head.writeBigInt64BE(rowCount)
  head.writeInt32BE(fields.length, 8)
  const strings = fields.flatMap(({ name, type }) => [name, type, '', ''])
  return Buffer.concat([head, ...strings.map(shortString)])
}

function shortString(value: string): Buffer {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}
