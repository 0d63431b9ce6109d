/** Smaller messages may lie among others, and are not worth the trouble. */
const LEAST_BYTES = 64 * 1024
/** What of a message may lie beside its batch in the same memory: the head of its frame and the answer's other fields. */
const MOST_BYTES_BESIDE = 4096

/**
 * Frees the memory of a message that another thread has handed over, whose batch these bytes are. A batch that is being read
 * while young objects are collected twice counts as old, so that its memory would stay until a collection of the whole heap, and
 * bring the next of those on.
 *
 * Where a program's thread receives its messages itself, they are better left to the collector: the runtime compiles reading from
 * buffers to slower code once one of them has been detached, and that costs more.
 */
export function freeMessage({ buffer, byteLength }: Uint8Array): void {
  const isOwn = buffer.byteLength - byteLength <= MOST_BYTES_BESIDE && byteLength >= LEAST_BYTES
  // It moves to an object that nobody refers to, and goes with the next collection of young objects.
  if (isOwn && buffer instanceof ArrayBuffer) structuredClone(buffer, { transfer: [buffer] })
}
