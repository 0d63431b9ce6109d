import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { LocalCluster } from 'e6data-local-cluster'

/** One check of `steady_state.py`, and what it found. */
export interface PythonCheck {
  check: string
  passed: boolean
  /** The traceback of a failure. */
  detail?: string
  /** What `values_of_every_type` read, as Python's `str` writes it. */
  rows?: (string | null)[][]
  /** What `batches_of_batches` ended up speaking. */
  protocol?: string
}

/** The public names of the installed version. */
export interface PythonSurface {
  functions: string[]
  options: string[]
  errors: string[]
}

export interface PythonRun {
  checks: ReadonlyMap<string, PythonCheck>
  surface: PythonSurface
}

const PROGRAM = fileURLToPath(new URL('steady_state.py', import.meta.url))

/** How long Python may take; it is ended then, and what it has not said is missing. */
const MOST_MS = 120_000

/** What the program is run against. */
export interface PythonPlace {
  readonly cluster: LocalCluster
  /** Rows of its table `orders`. */
  readonly orders: number
  /** One of the access tokens that it takes. */
  readonly accessToken: string
}

/** Runs the program against a cluster. Tokens travel by standard input, where no other process sees them. */
export async function runPython(python: string, place: PythonPlace, ...args: readonly string[]): Promise<PythonRun> {
  const { orders, accessToken, cluster } = place
  const { host, port, username, password, catalog, database, clusterName } = cluster
  const child = spawn(python, [PROGRAM, ...args], { stdio: ['pipe', 'pipe', 'pipe'], timeout: MOST_MS })
  const exited = once(child, 'exit')
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  child.stdin.end(
    JSON.stringify({
      ...{ host, port, username, password, catalog, database, orders },
      ...{ cluster_name: clusterName, access_token: accessToken },
    }),
  )
  const checks = new Map<string, PythonCheck>()
  let surface: PythonSurface | undefined
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line) as PythonCheck | { surface: PythonSurface }
    if ('surface' in said) surface = said.surface
    else checks.set(said.check, said)
  }
  await exited
  if (surface === undefined) throw new Error(`the program in Python did not come to its end\n${complaints}`)
  return { checks, surface }
}
