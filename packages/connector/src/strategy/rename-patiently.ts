import { renameSync } from 'node:fs'

/** The errors of Windows while another process, such as a virus scanner, has the file open. */
const OPEN_ELSEWHERE: ReadonlySet<unknown> = new Set(['EPERM', 'EBUSY', 'EACCES'])

/** The pauses between attempts, in milliseconds. They block the thread for at most 31 ms. */
const PAUSES_MS: readonly number[] = [1, 2, 4, 8, 16]

/**
 * Renames a file or folder, with short retries on Windows, which refuses while it is open elsewhere. Other systems
 * rename open files at once, and an error is final.
 * @throws Error of Node, from the last try
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
