import assert from 'node:assert/strict'
import { connect, createPool } from 'e6data-connector'
import { OPTION_TABLE } from '../../packages/connector/src/options/option-table.ts'
import { SilentRelay } from '../independent-server/silent-relay.ts'
import { clientOptions, type Scenario, type Stage } from './scenario.ts'
import { after, until } from './waiting.ts'

const POOL_SERVES_WITHIN_MS = 2000
/** A single connection serves within 45 s by the default keepalive, and within this by one that is twice as quick. */
const SINGLE_SERVES_WITHIN_MS = 22_500
const QUICK_KEEPALIVE = {
  keepaliveTimeMs: Number(OPTION_TABLE.keepaliveTimeMs.default) / 2,
  keepaliveTimeoutMs: Number(OPTION_TABLE.keepaliveTimeoutMs.default) / 2,
}
const IDLE_MS = 300
const IDLE_CONNECTIONS = 6

export const DEAD_CONNECTION_SCENARIOS: readonly Scenario[] = [
  {
    id: 58,
    title: 'A connection goes silent, no RST: a pool serves within 2 s, a single connection within 45 s and says so',
    mostlyWaits: true,
    async run(stage) {
      const [pooled, single] = await Promise.all([poolGoesSilent(stage), singleGoesSilent(stage)])
      return `${pooled}; ${single}`
    },
  },
]

/** All idle connections of a pool are dead. */
async function poolGoesSilent(stage: Stage): Promise<string> {
  const { relay, server, options } = await relayed(stage)
  const pool = createPool({ ...options, max: 10, checkAfterIdleMs: IDLE_MS / 2 })
  stage.onEnd(() => pool.close({ timeoutMs: 1000 }))
  let arrived = 0
  server.onCall = ({ step }) => {
    if (step === 'execute') arrived += 1
    return step === 'fetch' ? { reply: { kind: 'engine' }, delayMs: 50 } : undefined
  }
  await Promise.all(Array.from({ length: IDLE_CONNECTIONS }, () => pool.query('SELECT 1')))
  assert(arrived >= IDLE_CONNECTIONS)
  const opened = relay.opened
  relay.silence()
  const silentSince = performance.now()
  await until('the connections are idle for long enough', 5000, () => performance.now() - silentSince > IDLE_MS)
  const begun = performance.now()
  const words = await Promise.race([
    pool.query('SELECT 1').then(() => 'served', String),
    after(POOL_SERVES_WITHIN_MS, `not served after ${POOL_SERVES_WITHIN_MS} ms`),
  ])
  assert.equal(words, 'served')
  const ms = Math.round(performance.now() - begun)
  const again = await Promise.race([
    Promise.all(Array.from({ length: IDLE_CONNECTIONS }, () => pool.query('SELECT 1'))).then(() => 'served', String),
    after(POOL_SERVES_WITHIN_MS, 'the other idle connections were trusted'),
  ])
  assert.equal(again, 'served')
  return `pool of ${opened} dead connections served after ${ms} ms`
}

async function singleGoesSilent(stage: Stage): Promise<string> {
  const { relay, options } = await relayed(stage)
  const connection = await connect({ ...options, ...QUICK_KEEPALIVE })
  stage.onEnd(() => connection.close({ timeoutMs: 1000 }))
  await connection.query('SELECT 1')
  relay.silence()
  const begun = performance.now()
  let served = false
  while (!served && performance.now() - begun < SINGLE_SERVES_WITHIN_MS) {
    served = await connection.query('SELECT 1', { timeoutMs: 1500 }).then(
      () => true,
      () => false,
    )
  }
  assert(served, `not served after ${SINGLE_SERVES_WITHIN_MS} ms`)
  assert(connection.checkConnection(), 'checkConnection() says that it serves again')
  return `single connection after ${Math.round(performance.now() - begun)} ms, by a keepalive twice as quick as the default`
}

async function relayed(stage: Stage) {
  const { server, listener } = await stage.server()
  const relay = await SilentRelay.to(listener.port)
  stage.onEnd(() => relay[Symbol.asyncDispose]())
  return { server, relay, options: { ...clientOptions(listener), port: relay.port } }
}
