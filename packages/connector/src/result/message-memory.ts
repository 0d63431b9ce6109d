/** Smaller messages may share their memory with others and are not worth the effort. */
const LEAST_BYTES = 64 * 1024
/** The maximum size of the frame head and the other fields in the same memory as a batch. */
const MOST_BYTES_BESIDE = 4096

/**
 * Frees the memory of a message that another thread transferred; the bytes are its batch. A batch that is in use during
 * two collections of the young generation counts as old. Its memory would stay until a collection of the whole heap,
 * and would trigger the next one sooner.
 *
 * Where the program's own thread receives messages, the collector does better: after a buffer is detached, the runtime
 * compiles reads from buffers to slower code, which costs more.
 */
export function freeMessage({ buffer, byteLength }: Uint8Array): void {
  const isOwn = buffer.byteLength - byteLength <= MOST_BYTES_BESIDE && byteLength >= LEAST_BYTES
  // The memory moves to an unreferenced object that the next collection of the young generation removes.
  if (isOwn && buffer instanceof ArrayBuffer) structuredClone(buffer, { transfer: [buffer] })
}
