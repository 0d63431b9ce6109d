import { createPool } from 'e6data-connector'
import { expect, it } from 'vitest'
import { SilentRelay } from '../independent-server/silent-relay.ts'
import { clientOptions, Stage } from '../scenarios/scenario.ts'

const CALLER_LIMIT_MS = 3000
const SERVES_WITHIN_MS = 2000

it('a pool whose only connection went silent a moment ago fails one caller at most, and then serves at once', async () => {
  await using stage = new Stage()
  const { listener } = await stage.server()
  const relay = await SilentRelay.to(listener.port)
  stage.onEnd(() => relay[Symbol.asyncDispose]())
  const pool = createPool({ ...clientOptions(listener), port: relay.port })
  stage.onEnd(() => pool.close({ timeoutMs: 1000 }))
  await pool.query('SELECT 1')
  relay.silence()
  const first = await pool.query('SELECT 1', { timeoutMs: CALLER_LIMIT_MS }).then(
    () => 'served',
    (error: Error) => error.name,
  )
  expect(['served', 'TimeoutError']).toContain(first)
  await pool.query('SELECT 1', { timeoutMs: SERVES_WITHIN_MS })
})
