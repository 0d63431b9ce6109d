/** Less is not worth the trouble. */
const LEAST_BYTES = 64 * 1024

const handedOver = new WeakSet<ArrayBufferLike>()

/** Notes that another thread has handed these bytes over, with memory that nothing else lies in. */
export function noteHandedOver({ buffer }: Uint8Array): void {
  if (buffer.byteLength >= LEAST_BYTES) handedOver.add(buffer)
}

/**
 * Frees the memory of a message that another thread has handed over. A batch that is being read outlives collections of young
 * objects, so that its memory would stay until a collection of the whole heap, and bring the next of those on.
 *
 * Other memory stays for the collector. The runtime compiles reading from buffers to slower code once one of them has been
 * detached; where this thread receives its messages itself, that costs more than the collections.
 */
export function freeMessage({ buffer }: Uint8Array): void {
  if (!handedOver.delete(buffer) || !(buffer instanceof ArrayBuffer)) return
  // It moves to an object that nobody refers to, and goes with the next collection of young objects.
  structuredClone(buffer, { transfer: [buffer] })
}
