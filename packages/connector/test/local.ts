import { type CallRecord, type LocalCluster, type LocalClusterOptions, startCluster } from 'e6data-local-cluster'
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest'
import { connect } from '../src/connect.ts'
import type { Connection } from '../src/connection.ts'
import type { ConnectOptions } from '../src/options/connect-options.ts'

/** The number of orders in a test file's cluster, and of rows in a result batch. */
export const ORDERS = 1000
export const BATCH_ROWS = 100

/** The threads that may hold a connection; tests of the wire cover both. */
export const PLACES: readonly { place: string; options: ConnectOptions }[] = [
  { place: 'the thread of the program', options: {} },
  { place: 'the transport thread', options: { transportThread: true } },
]

export interface LocalTest {
  readonly cluster: LocalCluster
  /** Opens a connection that shares nothing with other processes; it is closed with the test file. */
  connection(options?: ConnectOptions): Promise<Connection>
  /** Returns the calls of a method since the test began, in both versions. */
  calls(method: string): CallRecord[]
}

/** A small cluster in this process, shared by all tests of a file; faults and calls are cleared between them. */
export function localTest(options: LocalClusterOptions = {}): LocalTest {
  let cluster: LocalCluster | undefined
  const connections: Connection[] = []
  beforeAll(async () => {
    cluster = await startCluster({
      mode: 'in-process',
      rows: ORDERS,
      batchRows: BATCH_ROWS,
      adminPort: false,
      ...options,
    })
  })
  beforeEach(() => {
    cluster?.clearFaults()
    cluster?.clearCalls()
  })
  // Background work of a connection must not meet the faults of the next test.
  afterEach(async () => {
    await Promise.all(connections.splice(0).map((connection) => connection.close()))
  })
  afterAll(async () => {
    await cluster?.close()
  })
  const started = (): LocalCluster => {
    if (!cluster) throw new Error('the cluster is started in beforeAll')
    return cluster
  }
  return {
    get cluster() {
      return started()
    },
    async connection(more = {}) {
      const connection = await connect({ url: started().url, strategyStore: 'process', ...more })
      connections.push(connection)
      return connection
    },
    calls: (method) =>
      started()
        .calls()
        .filter((call) => call.method.replace(/V2$/, '') === method),
  }
}

/** Waits for a promise to fail, and returns the error. */
export async function failureOf(work: Promise<unknown>): Promise<unknown> {
  const outcome = await work.then(
    () => ({ failed: false as const }),
    (error: unknown) => ({ failed: true as const, error }),
  )
  if (outcome.failed) return outcome.error
  throw new Error('expected a failure')
}

/** Waits until `check` passes, for background work. Throws its last error after five seconds. */
export async function eventually(check: () => unknown): Promise<void> {
  await vi.waitFor(check, { timeout: 5000, interval: 5 })
}
