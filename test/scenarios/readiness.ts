import assert from 'node:assert/strict'
import { ClusterProxy } from '../independent-server/cluster-proxy.ts'
import { bareStatus, type Decision, HANGING, status } from '../independent-server/reply.ts'
import { lasting, underLoad } from './load.ts'
import type { Scenario, Stage } from './scenario.ts'
import { runSelect, wordsFor } from './statements.ts'
import { until } from './waiting.ts'

const STARTING_MS = 3000

/** A statement of this load takes about 10 ms; one that met a deployment that is not ready takes its pauses as well. */
const USUAL_MS = 1000

/** How the prepares of a deployment fail whose proxies and logins are up before its engines are. */
const NOT_READY: Readonly<Record<string, Decision>> = {
  UNAVAILABLE: status(14, 'engines are starting'),
  INTERNAL: status(13, 'aucun planificateur disponible'),
  'HTTP 502': bareStatus(502),
  'HTTP 503': bareStatus(503),
  RESOURCE_EXHAUSTED: status(8, 'no free executor'),
  silence: HANGING,
}

/** A switch takes so long to refill here that a run of 6 s is as long for it as five minutes are by default. */
const REFILL_MS = 200
const FOR_EVER_MS = 6000
const MOST_SWITCHES = 6

export const READINESS_SCENARIOS: readonly Scenario[] = [
  {
    id: 49,
    title:
      'Announced green accepts logins and fails every prepare for 3 s; blue serves: 0 failed, none slower, no canary',
    async run(stage) {
      const cases = Object.entries(NOT_READY).flatMap(([name, decision]) => [
        announcedTooEarly(stage, decision, 0).then((fault) => fault && `${name}: ${fault}`),
        announcedTooEarly(stage, decision, 1).then((fault) => fault && `${name}, one proxy refuses blue: ${fault}`),
      ])
      const wrong = (await Promise.all(cases)).filter((fault) => fault !== undefined)
      assert.deepEqual(wrong, [])
      return `${cases.length} loads: 0 failed, none met green before it was ready, all on green at the end`
    },
  },
  {
    id: 65,
    title: 'Two deployments that announce each other for ever: at most 6 switches in the time of 30 refills',
    async run(stage) {
      const it = await stage.server()
      it.server.engine.announcements.blue = 'green'
      it.server.engine.announcements.green = 'blue'
      const client = await stage.client(it, { switchRefillMs: REFILL_MS })
      assert.equal(wordsFor(await runSelect(client, 'first')), 'ok')
      const before = client.count('strategy:transition')
      const report = await underLoad(2, () => runSelect(client, 'between'), lasting(FOR_EVER_MS))
      const switches = client.count('strategy:transition') - before
      assert.deepEqual(report.failures, [])
      assert(switches <= MOST_SWITCHES, `${switches} switches`)
      return `${report.statements} statements, 0 failed, ${switches} switches`
    },
  },
]

async function announcedTooEarly(stage: Stage, decision: Decision, refusing: number): Promise<string | undefined> {
  const proxies = Array.from({ length: 5 }, (_, n) => new ClusterProxy(`proxy-${n}`))
  const it = await stage.server({ listen: { proxies } })
  const client = await stage.client(it)
  if (wordsFor(await runSelect(client, 'warm')) !== 'ok') return 'blue does not serve to begin with'
  it.server.engine.announcements.blue = 'green'
  for (const proxy of proxies.slice(0, refusing)) proxy.serveOnly('green')
  const isStarting = lasting(STARTING_MS)
  let canaries = 0
  it.server.onCall = ({ step, strategy, tag }) => {
    if (strategy !== 'green' || step !== 'prepare' || !isStarting()) return undefined
    if (tag !== undefined) canaries += 1
    return decision
  }
  const report = await underLoad(2, () => runSelect(client, 'work', 35, { timeoutMs: 30_000 }), isStarting)
  if (report.failures.length > 0) return `${report.failures.length} failed: ${report.failures[0]}`
  // With a proxy that refuses blue, statements try green before it is ready: rule 18.
  if (refusing === 0 && canaries > 0) return `${canaries} statements met green before it was ready`
  if (refusing === 0 && report.slowestMs > USUAL_MS) return `the slowest took ${Math.round(report.slowestMs)} ms`
  let strategy = 'blue'
  const switched = lasting(10_000)
  const later = await underLoad(
    1,
    async () => {
      const ended = await runSelect(client, 'later')
      if (ended.kind === 'rows') strategy = ended.strategy
      return ended
    },
    () => switched() && strategy === 'blue',
  )
  if (later.failures.length > 0) return `failed once green was ready: ${later.failures[0]}`
  await until('nothing is open', 10_000, () => it.server.openQueries().length === 0)
  return strategy === 'green' ? undefined : 'never moved to green'
}
