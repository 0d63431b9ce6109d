import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startCluster } from 'e6data-local-cluster'
import { expect, it } from 'vitest'

const ROWS = 32_000_000
const COLUMNS = 8
const LEAST_BYTES = 2e9
const MOST_RESIDENT = 300e6

const FROM_ROOT = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

it('a result of 2 GB passes through a process that never holds more than 300 MB', async () => {
  await using cluster = await startCluster({ rows: 1, adminPort: false })
  const columns = Array.from({ length: COLUMNS - 1 }, (_, n) => `i + ${n + 1} AS c${n}`)
  const sql = `SELECT i, ${columns.join(', ')} FROM range(${ROWS}) t(i)`
  // A process of its own, as a user's is: the test runner's memory is not what is asked about.
  const reader = fork(FROM_ROOT('test/streaming/read-all.ts'), [cluster.url, sql, String(32 << 20)], {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, TSX_TSCONFIG_PATH: FROM_ROOT('tsconfig.run.json') },
  })
  const [told] = await once(reader, 'message')
  expect(told.rows).toBe(ROWS)
  expect(told.bytes).toBeGreaterThan(LEAST_BYTES)
  expect(told.peakRss).toBeLessThan(MOST_RESIDENT)
}, 300_000)
