import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Keeps the shared state of this process and its children in a separate folder: a port is soon reused, and an earlier
 * cluster on it may have ended on the other strategy. Returns a function that removes it.
 */
export function useOwnStateFolder(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'e6data-test-'))
  process.env.E6DATA_STRATEGY_STORE_DIRECTORY = folder
  return () => rmSync(folder, { recursive: true, force: true })
}
