/**
 * Whether bytes are one piece of this width over and over: whether they equal themselves moved by one piece, which is
 * one comparison of memory however many pieces there are.
 */
export function repeatsItself(bytes: Uint8Array, width: number): boolean {
  return Buffer.compare(bytes.subarray(width), bytes.subarray(0, bytes.byteLength - width)) === 0
}
