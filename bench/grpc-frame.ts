const PREFIX_BYTES = 5

/** A message as gRPC sends it: not compressed, its length, its bytes. */
export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(PREFIX_BYTES + message.byteLength)
  framed[0] = 0
  framed.writeUInt32BE(message.byteLength, 1)
  framed.set(message, PREFIX_BYTES)
  return framed
}

/** @throws Error when the bytes are not one whole message */
export function unframe(framed: Buffer): Buffer {
  if (framed.length < PREFIX_BYTES || framed.readUInt32BE(1) !== framed.length - PREFIX_BYTES)
    throw new Error(`${framed.length} bytes are no message`)
  return framed.subarray(PREFIX_BYTES)
}
