import { renameSync } from 'node:fs'

/** What Windows answers while another process has the file open, or a virus scanner looks at it. */
const OPEN_ELSEWHERE: ReadonlySet<unknown> = new Set(['EPERM', 'EBUSY', 'EACCES'])

/** Pauses between attempts, in milliseconds. The thread waits for 31 ms at most. */
const PAUSES_MS: readonly number[] = [1, 2, 4, 8, 16]

/**
 * Renames a file or folder, again after a short wait where Windows refuses it because it is open elsewhere. On other systems
 * open files are renamed at once, and a refusal is final.
 * @throws Error of Node, the last one
 */
export function renamePatiently(from: string, to: string, platform = process.platform, rename = renameSync): void {
  const pauses = platform === 'win32' ? PAUSES_MS : []
  for (const pauseMs of pauses) {
    try {
      rename(from, to)
      return
    } catch (error) {
      if (!OPEN_ELSEWHERE.has((error as NodeJS.ErrnoException).code)) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs)
    }
  }
  rename(from, to)
}
