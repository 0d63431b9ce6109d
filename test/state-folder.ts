import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Keeps the state that this process and its children share in a folder of their own: a port is soon used again, and a
 * cluster that had it before may have ended on the other strategy. Returns how to remove it.
 */
export function useOwnStateFolder(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'e6data-test-'))
  process.env.E6DATA_STRATEGY_STORE_DIRECTORY = folder
  return () => rmSync(folder, { recursive: true, force: true })
}
