import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { pythonConnector } from '../test/python-compatibility/python-connector.ts'
import { startCannedServer } from './canned-process.ts'

export interface PythonFigures {
  readonly version: string
  readonly decodeRowsPerSecond: number
  readonly endToEndRowsPerSecond: number
}

const BATCHES = 4
const MOST_MS = 300_000

/** The Python connector on the same bytes, installed into an environment of its own. Why not, where it can't be had. */
export async function measurePython(): Promise<PythonFigures | { readonly unavailable: string }> {
  const connector = await pythonConnector()
  if (connector.kind === 'unavailable') return { unavailable: connector.reason }
  await using server = await startCannedServer()
  const program = fileURLToPath(new URL('python_peer.py', import.meta.url))
  const vectors = fileURLToPath(new URL('../packages/connector/vectors', import.meta.url))
  const args = [program, vectors, String(server.port), String(BATCHES)]
  const { stdout } = await promisify(execFile)(connector.python, args, { timeout: MOST_MS })
  return { version: connector.version, ...(JSON.parse(stdout) as Omit<PythonFigures, 'version'>) }
}
