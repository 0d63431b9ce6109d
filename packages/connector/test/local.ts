import { type CallRecord, type LocalCluster, type LocalClusterOptions, startCluster } from 'e6data-local-cluster'
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest'
import { connect } from '../src/connect.ts'
import type { Connection } from '../src/connection.ts'
import type { ConnectOptions } from '../src/options/connect-options.ts'

/** Orders in the cluster of a test file, and rows in a batch of results. */
export const ORDERS = 1000
export const BATCH_ROWS = 100

/** Where a connection may be held; tests of the wire are promises about both. */
export const PLACES: readonly { place: string; options: ConnectOptions }[] = [
  { place: 'the thread of the program', options: {} },
  { place: 'a thread beside it', options: { transportThread: true } },
]

export interface LocalTest {
  readonly cluster: LocalCluster
  /** Opens a connection that shares nothing with other processes; it is closed with the test file. */
  connection(options?: ConnectOptions): Promise<Connection>
  /** The calls of a method since the test began; both versions of it count. */
  calls(method: string): CallRecord[]
}

/** A small cluster in this process, for all tests of a file; faults and calls are forgotten between them. */
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
  // What a connection still does in the background would meet the faults of the next test.
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

/** Waits for a promise to fail, and returns how. */
export async function failureOf(work: Promise<unknown>): Promise<unknown> {
  const outcome = await work.then(
    () => ({ failed: false as const }),
    (error: unknown) => ({ failed: true as const, error }),
  )
  if (outcome.failed) return outcome.error
  throw new Error('this should have failed, and did not')
}

/** Waits until `check` passes: for what goes on in the background. Throws what it last threw after five seconds. */
export async function eventually(check: () => unknown): Promise<void> {
  await vi.waitFor(check, { timeout: 5000, interval: 5 })
}
