import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder that only this user can enter, for sockets, database files and DuckDB's temporary files. */
export async function makePrivateFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'e6data-local-'))
}

export async function removePrivateFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
}
