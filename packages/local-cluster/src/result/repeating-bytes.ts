/**
 * Whether bytes repeat one piece of this width. They do when they equal themselves shifted by one piece, which is a
 * single comparison of memory.
 */
export function repeatsItself(bytes: Uint8Array, width: number): boolean {
  return Buffer.compare(bytes.subarray(width), bytes.subarray(0, bytes.byteLength - width)) === 0
}
